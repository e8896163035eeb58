/**
 * The policy in force, in the audit trail: at a start whose tables are not those noted last, an entry says which, what differs, and by whom
 * Facet was started with them, in the commit that remembers them. Must not decide.
 */
import { policyTables } from '../../../schema/policy-table';
import { comparePolicies } from '../../../schema/policy-text';
import { retentionTable } from '../../../schema/retention-table';
import { canonicalJson } from '../canonical-json';
import type { ProfileStore } from '../store/store';
import { auditOf, documentName } from './entry';

const CHECKPOINT = 'policy';
/** Places an entry names; of more it says how many. */
const MAX_PLACES = 40;

/** What is reviewed as a contract. */
export interface PolicyInForce {
  readonly tables: object;
  readonly retention: object;
}

export const POLICY_IN_FORCE: PolicyInForce = { tables: policyTables, retention: retentionTable };

/** The same for the same tables, whatever the order of their rows. */
export function nameOfPolicy(policy: PolicyInForce = POLICY_IN_FORCE): string {
  return documentName(canonicalJson(policy));
}

/** The one noted last; null: none was yet. Errors: STORE_UNAVAILABLE. */
export async function findNotedPolicy(
  store: Pick<ProfileStore, 'findCheckpoint'>,
): Promise<{ readonly policy: PolicyInForce; readonly at: number } | null> {
  const noted = await store.findCheckpoint(CHECKPOINT);
  if (noted === null || noted.position === null) return null;
  return { policy: JSON.parse(noted.position) as PolicyInForce, at: noted.startedAt };
}

/** `operator`: the user of the machine. Errors: STORE_UNAVAILABLE. */
export async function notePolicy(options: {
  readonly store: Pick<ProfileStore, 'findCheckpoint' | 'commit'>;
  readonly operator: string;
  readonly policy?: PolicyInForce;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): Promise<void> {
  const { store, operator, policy = POLICY_IN_FORCE, now } = options;
  const before = (await findNotedPolicy(store))?.policy ?? null;
  if (before !== null && nameOfPolicy(before) === nameOfPolicy(policy)) return;
  const places = before === null ? [] : comparePolicies(before, policy).map(({ place }) => place);
  const more = places.length - MAX_PLACES;
  const [at, position] = [now(), canonicalJson(policy)];
  await store.commit({
    checkpoints: [{ name: CHECKPOINT, position, complete: true, startedAt: at, changedSince: null, count: 0 }],
    audit: auditOf({
      ...{ kind: 'ADMINISTRATION', at, actor: `operator:${operator}`, role: null, purpose: null },
      ...{ action: 'policyInForce', subjects: [] },
      details: {
        policy: nameOfPolicy(policy),
        before: before && nameOfPolicy(before),
        changed: before && [...places.slice(0, MAX_PLACES), ...(more > 0 ? [`and ${more} more`] : [])].join(' '),
      },
    }),
  });
}
