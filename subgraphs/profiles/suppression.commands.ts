/**
 * The suppression list: one-click unsubscribe, import of what senders report, export. Written by keyed address hash; whoever has the
 * address gets a new version, so that nothing that was decided before is served on. Must not withdraw consent: an unsubscribe is
 * recorded as what it is.
 *
 * Source: RFC 8058 (one-click), RFC 3463 (permanent failure), RFC 6650 (complaints).
 */
import { z } from 'zod';
import { facetError } from '../../schema/errors';
import { SUPPRESSIONS } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import { createAttempts } from './attempts';
import { auditOf, byPrincipal } from './audit/entry';
import { putChanged, touchOthers } from './change';
import { importRows, parseCells } from './consent-import';
import type { ImportReport, Row } from './consent-import';
import { timesOf } from './consent.words';
import { openDraft } from './draft';
import type { IdentityRegistry } from './identity';
import type { LinkTokens } from './link-token';
import { checkOfficer } from './rights/entitled';
import type { ProfileStore, SuppressionEntry } from './store/store';
import { addressKeysOf, emailIdentity, hasUnsubscribed, withUnsubscribe } from './suppression';

/** Errors, from every method: CONFLICT, STORE_UNAVAILABLE. */
export interface SuppressionCommands {
  /** The link of a mail. Once or many times: the same, and the last time counts. Errors: TOKEN_UNKNOWN. */
  unsubscribe(token: string): Promise<void>;
  /** Errors: ROLE_NOT_ENTITLED, BAD_USER_INPUT for too many rows. */
  import(principal: Principal, rows: readonly Row[]): Promise<ImportReport>;
  /** By addresses, in order of key. Errors: ROLE_NOT_ENTITLED, BAD_USER_INPUT. */
  list(
    principal: Principal,
    page: { readonly first: number; readonly after: string | null },
  ): Promise<{ readonly entries: readonly SuppressionEntry[]; readonly next: string | null }>;
}

/** Addresses on one page of an export. */
const MAX_PAGE = 100;
const ADDRESS_KEY = /^v\d+:[\w-]{43}$/;
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

const columns = z.strictObject({
  email: z.string().trim().regex(ADDRESS, 'expected an e-mail address').optional(),
  addressKey: z.string().regex(ADDRESS_KEY, 'expected a key of an export').optional(),
  reason: z.enum(SUPPRESSIONS),
  occurredAt: z.string().optional(),
  // Columns of an export, which an import gives anew.
  recordedAt: z.string().optional(),
  actor: z.string().optional(),
});

/** Columns a row may have. */
export const SUPPRESSION_COLUMNS: readonly string[] = Object.keys(columns.shape);

const rowSchema = columns.refine(({ email, addressKey }) => !email !== !addressKey, {
  message: 'expected email or addressKey',
});

export function createSuppressionCommands(options: {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  readonly links: LinkTokens;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): SuppressionCommands {
  const { store, registry, links, now } = options;
  const attempts = createAttempts('suppress an address');

  const unsubscribe = (customerId: string): Promise<void> =>
    attempts(async () => {
      const [profile] = await store.findProfiles([customerId]);
      // Erased since: nobody is mailed any more, and the link has done what it says.
      if (!profile || profile.status === 'ERASED') return { outcome: 'COMMITTED', value: undefined };
      const at = now();
      const keys = addressKeysOf(profile);
      const identities = keys.map(emailIdentity);
      const draft = await openDraft(store, { identities, customerIds: [profile.id], sources: [] });
      const read = draft.profile(profile.id) ?? profile;
      const entries = await store.findSuppressions(keys);
      const earlier = keys.filter((_, index) => !holdsSince(entries[index] ?? [], 'UNSUBSCRIBED', at));
      const known = hasUnsubscribed(read) && entries.every((each) => has(each, 'UNSUBSCRIBED'));
      if (known && earlier.length === 0) return { outcome: 'COMMITTED', value: undefined };
      // Said again, it only moves the time: a new version nonetheless, so that a consent that has seen the old time is refused.
      putChanged(draft, known ? read : withUnsubscribe(read), ['consents'], !known, at);
      if (!known) touchOthers(draft, identities.flatMap(draft.linked), profile.id, at);
      const suppress = earlier.map((addressKey) => ({
        ...{ addressKey, reason: 'UNSUBSCRIBED' as const, occurredAt: at, recordedAt: at, actor: 'link' },
      }));
      const audit = auditOf({
        ...{ kind: 'CONSENT', at, actor: 'link', role: null, purpose: 'EMAIL_MARKETING' },
        ...{ action: 'UNSUBSCRIBE', subjects: [profile.id] },
      });
      const { outcome } = await store.commit({ ...draft.toCommit(), unsuppress: suppress, suppress, audit });
      return { outcome, value: undefined };
    });

  const administered = (principal: Principal, action: string, subjects: readonly string[], details = {}) =>
    auditOf({
      ...{ kind: 'ADMINISTRATION', at: now(), ...byPrincipal(principal), purpose: null },
      ...{ action, subjects, details },
    });

  const suppress = (principal: Principal, entry: SuppressionEntry): Promise<boolean> =>
    attempts(async () => {
      const [entries = []] = await store.findSuppressions([entry.addressKey]);
      if (holdsSince(entries, entry.reason, entry.occurredAt)) return { outcome: 'COMMITTED', value: false };
      const identity = emailIdentity(entry.addressKey);
      const draft = await openDraft(store, { identities: [identity], sources: [] });
      touchOthers(draft, draft.linked(identity), null, now());
      const audit = administered(principal, 'importSuppressions', draft.linked(identity), { reason: entry.reason });
      return {
        ...(await store.commit({ ...draft.toCommit(), unsuppress: [entry], suppress: [entry], audit })),
        value: true,
      };
    });

  return {
    unsubscribe: async (token) => unsubscribe(links.readUnsubscribe(token).customerId),
    import: (principal, rows) =>
      importRows(principal, rows, async (given) => {
        const { email, addressKey, reason, ...row } = parseCells(rowSchema, given);
        const key = addressKey ?? registry.keyOf({ namespace: 'email', value: email ?? '' }).key;
        const { occurredAt } = timesOf({ occurredAt: row.occurredAt }, now());
        return suppress(principal, { addressKey: key, reason, occurredAt, recordedAt: now(), actor: principal.id });
      }),
    async list(principal, { first, after }) {
      checkOfficer(principal, 'The list is for privacy officers.');
      if (first < 1 || first > MAX_PAGE) throw facetError('BAD_USER_INPUT', `Expected "first" from 1 to ${MAX_PAGE}.`);
      const addresses = await store.listSuppressions({ limit: first, ...(after === null ? {} : { after }) });
      await store.commit({ audit: administered(principal, 'exportSuppressions', []) });
      const next = addresses.length < first ? null : (addresses.at(-1)?.[0]?.addressKey ?? null);
      return { entries: addresses.flat(), next };
    },
  };
}

function has(entries: readonly SuppressionEntry[], reason: SuppressionEntry['reason']): boolean {
  return entries.some((entry) => entry.reason === reason);
}

/** Of an unsubscribe the latest counts: a consent must be younger than it. Nothing is measured against the time of another reason. */
function holdsSince(
  entries: readonly SuppressionEntry[],
  reason: SuppressionEntry['reason'],
  occurredAt: number,
): boolean {
  return entries.some((each) => each.reason === reason && (reason !== 'UNSUBSCRIBED' || each.occurredAt >= occurredAt));
}
