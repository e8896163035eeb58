/**
 * Searching customers: filter before page, in order of id. A customer whose category the principal may not see never matches a
 * filter on it, so that a search cannot tell what a read would withhold. Must not answer fields.
 */
import { isValid } from 'ulid';
import { readAccess } from '../../schema/access';
import { facetError } from '../../schema/errors';
import type { ConsentState, DataCategory, Jurisdiction, Purpose } from '../../schema/policy';
import { checkPageSize, decodeCursor, encodeCursor } from '../connection.entity';
import type { Connection } from '../connection.entity';
import { consentStateAt } from './consent';
import type { IdentityRegistry } from './identity';
import type { CustomerParent, ProfilesRequest } from './request';
import type { Profile, ProfileStore } from './store/store';
import { jurisdictionOf } from './subject';

export interface CustomerFilter {
  readonly identity?: { readonly namespace: string; readonly value: string } | null;
  readonly jurisdiction?: Jurisdiction | null;
  readonly consent?: { readonly purpose: Purpose; readonly state: ConsentState } | null;
}

/** Profiles looked at for one page; a sparse filter answers a short page with `hasNextPage`, instead of a slow one. */
const SCAN_LIMIT = 5_000;
const SCAN_STEP = 500;

/** Errors: ROLE_NOT_ENTITLED for a renderer, BAD_USER_INPUT, NAMESPACE_UNKNOWN, STORE_UNAVAILABLE. */
export async function searchCustomers(
  dependencies: {
    readonly store: ProfileStore;
    readonly registry: IdentityRegistry;
    readonly request: ProfilesRequest;
  },
  filter: CustomerFilter,
  page: { readonly first: number; readonly after?: string | null },
): Promise<Connection<CustomerParent>> {
  const { store, registry, request } = dependencies;
  const role = request.policy?.principal.role;
  if (role === undefined || role === 'RENDERER' || role === 'DATA_SUBJECT') {
    throw facetError(
      'ROLE_NOT_ENTITLED',
      'Searching is for analysts, support agents, privacy officers and administrators.',
    );
  }
  const first = checkPageSize(page.first);
  const start = startOf(page.after);

  const matches: CustomerParent[] = [];
  let position = start;
  let exhausted = false;
  for (let scanned = 0; scanned < SCAN_LIMIT && matches.length <= first && !exhausted; scanned += SCAN_STEP) {
    const profiles = await nextProfiles(store, registry, filter, position);
    exhausted = filter.identity ? true : profiles.length < SCAN_STEP;
    const customers = await request.customersOf(profiles);
    for (const [index, customer] of customers.entries()) {
      const profile = profiles[index] as Profile;
      if (await matchesFilter(profile, customer, filter, registry, request)) matches.push(customer);
      if (matches.length > first) break;
      position = profile.id;
    }
  }

  const edges = matches.slice(0, first).map((node) => ({ cursor: encodeCursor(node.id), node }));
  const isShort = matches.length <= first;
  return {
    edges,
    pageInfo: {
      hasNextPage: !isShort || !exhausted,
      hasPreviousPage: start !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      // A page cut short by the scan limit goes on where the scan stopped.
      endCursor: isShort && position !== undefined ? encodeCursor(position) : (edges.at(-1)?.cursor ?? null),
    },
  };
}

/** Errors: BAD_USER_INPUT for a cursor that no search gave, an empty one included: it would begin anew without a word. */
function startOf(after: string | null | undefined): string | undefined {
  if (after === null || after === undefined) return undefined;
  const id = decodeCursor(after);
  if (!isValid(id)) throw facetError('BAD_USER_INPUT', 'Argument "after" takes a cursor that this connection gave.');
  return id;
}

async function nextProfiles(
  store: ProfileStore,
  registry: IdentityRegistry,
  filter: CustomerFilter,
  after: string | undefined,
): Promise<Profile[]> {
  if (!filter.identity) return store.listProfiles({ limit: SCAN_STEP, ...(after === undefined ? {} : { after }) });
  const [ids = []] = await store.findCustomerIds([registry.keyOf(filter.identity)]);
  const profiles = await store.findProfiles(ids.filter((id) => after === undefined || id > after));
  return profiles.filter((profile) => profile !== null);
}

async function matchesFilter(
  profile: Profile,
  customer: CustomerParent,
  { identity, jurisdiction, consent }: CustomerFilter,
  registry: IdentityRegistry,
  { now, notices }: Pick<ProfilesRequest, 'now' | 'notices'>,
): Promise<boolean> {
  const access = await customer.access();
  const isHidden = (category: DataCategory) => readAccess(access, category).verdict === 'WITHHOLD';
  if (identity && isHidden(registry.get(identity.namespace).category)) return false;
  if (jurisdiction && (isHidden('LOCATION') || jurisdictionOf(profile) !== jurisdiction)) return false;
  if (consent) {
    const state = consentStateAt(profile.consents, consent.purpose, null, now, notices);
    return !isHidden('CONSENT') && state === consent.state;
  }
  return true;
}
