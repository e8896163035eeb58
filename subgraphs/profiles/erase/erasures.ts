/**
 * The saga of erasure (GDPR Art. 17), one task per place, all of it in the store, so that a process that is killed goes on where it
 * stood. The first commit blocks every read, takes out what is stored here, and leaves tombstones; then this customer's data key is
 * destroyed, and each source erases in its own time and hands in what came of it. Must not talk to a vendor.
 */
import { facetError } from '../../../schema/errors';
import type { Principal } from '../../../schema/request-policy';
import { openAll } from '../../blob';
import type { ErasureResult, PendingErasure } from '../../source';
import { createAttempts } from '../attempts';
import { auditOf, BY_FACET, byPrincipal } from '../audit/entry';
import { openDraft } from '../draft';
import type { IdentityRegistry } from '../identity';
import { openOwnRecord, OWN_SOURCE } from '../own-record';
import { isRectified, rectifiedPlace } from '../rectified-record';
import type { Signing } from '../signing';
import type { ErasureTask } from '../store/erasure';
import type { Profile, ProfileStore, StoredRecord } from '../store/store';
import { allAddressKeysOf } from '../suppression';
import { makeReceipt } from './receipt';

/** One month to answer the data subject (GDPR Art. 12(3)), counted strictly. */
const DUE_DAYS = 30;
const DAY_MS = 86_400_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 15 * 60_000;

export interface Erasures {
  /** Starts the saga, or answers the one that was started. Errors: CUSTOMER_UNKNOWN, CONFLICT, STORE_UNAVAILABLE. */
  begin(principal: Principal, customerId: string): Promise<Profile>;
  /** Every place's task, profiles' own included; none where nothing was erased. An id that was merged answers its survivor's. */
  find(customerId: string): Promise<readonly ErasureTask[]>;
  /** What a source is to erase now. */
  findPending(source: string, limit: number): Promise<PendingErasure[]>;
  /** Takes in what came of one at a source; said twice, the first word stands. */
  settle(result: ErasureResult): Promise<void>;
  /** Goes on with what profiles itself had not done yet, as after a restart. */
  resume(): Promise<void>;
}

export function createErasures(options: {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly signing: Signing;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): Erasures {
  const { store, registry, signing, now } = options;
  const places = [...options.sources, ...options.sources.map(rectifiedPlace), OWN_SOURCE];
  const attempts = createAttempts('erase a customer');

  const begin: Erasures['begin'] = async (principal, asked) => {
    const profile = await attempts(async () => {
      const [found] = await store.findProfiles([asked]);
      if (!found) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
      if (found.status === 'ERASED') return { outcome: 'COMMITTED', value: found };
      return freeze(found.id, principal);
    });
    await finishOwn(profile.id);
    return profile;
  };

  /** The first commit. From here on nothing of this customer is answered, whatever happens to this process. */
  async function freeze(customerId: string, principal: Principal) {
    const draft = await openDraft(store, { identities: [], customerIds: [customerId], sources: places });
    const before = draft.profile(customerId);
    if (before === undefined) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
    const at = now();
    const identities = [
      ...Object.values(openOwnRecord(draft.record(customerId, OWN_SOURCE)).identities).flat(),
      ...before.sourceKeys.map(({ source, key }) => ({ namespace: registry.namespaceOf(source), value: key })),
      ...rectifiedAddresses(draft.recordsOf(customerId)),
    ];
    for (const { source } of draft.recordsOf(customerId)) draft.removeRecord(customerId, source);
    const erased: Profile = {
      ...before,
      status: 'ERASED',
      version: before.version + 1,
      // What was decided before is not answered from any cache.
      consentVersion: before.consentVersion + 1,
      sourceKeys: [],
      consents: [],
      softOptIn: false,
      facts: {},
      updatedAt: at,
    };
    draft.putProfile(erased);
    draft.addChange({ customerId, version: erased.version, kind: 'ERASED', changedFields: [], at });
    const task = (source: string, keys: readonly string[]): ErasureTask => ({
      customerId,
      source,
      keys,
      requestedBy: principal.id,
      requestedAt: at,
      dueAt: at + DUE_DAYS * DAY_MS,
      failures: 0,
      lastFailure: null,
      nextAttemptAt: at,
      receipt: null,
    });
    const { outcome } = await store.commit({
      ...draft.toCommit(),
      // Whatever leads to the person, also what no record tells of any more.
      unlinkAll: [customerId],
      suppress: (await addressesOfNobodyElse(before)).map((addressKey) => ({
        ...{ addressKey, reason: 'ERASED', occurredAt: at, recordedAt: at, actor: principal.id },
      })),
      erasureTasks: [
        task(OWN_SOURCE, []),
        ...[...new Set(before.sourceKeys.map(({ source }) => source))].map((source) =>
          task(
            source,
            before.sourceKeys.filter((each) => each.source === source).map(({ key }) => key),
          ),
        ),
      ],
      tombstones: identities.map((identity) => ({ key: registry.tombstoneKeyOf(identity), erasedAt: at })),
      audit: auditOf({
        kind: 'RIGHTS',
        at,
        ...byPrincipal(principal),
        purpose: 'DATA_SUBJECT_RIGHTS',
        action: 'eraseCustomer',
        subjects: [customerId],
      }),
    });
    return { outcome, value: erased };
  }

  /** Not mailed any more, whoever else would mail them; an address that two people share goes on for the other one. */
  async function addressesOfNobodyElse(profile: Profile): Promise<string[]> {
    const keys = allAddressKeysOf(profile);
    const sharing = await store.findCustomerIds(keys.map((key) => ({ namespace: 'email', key })));
    return keys.filter((_key, index) => sharing[index]?.every((id) => id === profile.id));
  }

  /** What is left here opens for nobody once the key is gone; only then is it called erased. */
  async function finishOwn(customerId: string): Promise<void> {
    const own = await findTask(customerId, OWN_SOURCE);
    if (own === undefined || own.receipt !== null) return;
    await store.destroyKeys?.([customerId]);
    await settle({ source: OWN_SOURCE, customerId, outcome: { outcome: 'ERASED' } });
  }

  async function findTask(customerId: string, source: string): Promise<ErasureTask | undefined> {
    return (await store.findErasure(customerId)).find((each) => each.source === source);
  }

  async function settle(result: ErasureResult): Promise<void> {
    const { customerId, source } = result;
    const task = await findTask(customerId, source);
    if (task === undefined || task.receipt !== null) return;
    const at = now();
    if ('failure' in result) {
      const waitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** task.failures);
      const failures = task.failures + 1;
      await keep({ ...task, failures, lastFailure: result.failure, nextAttemptAt: at + waitMs });
      return;
    }
    const receipt = makeReceipt(signing, task, result.outcome, at);
    const entry = {
      kind: 'RIGHTS' as const,
      at,
      ...(source === OWN_SOURCE ? BY_FACET : { actor: source, role: null }),
      purpose: 'DATA_SUBJECT_RIGHTS' as const,
      action: 'erased',
      subjects: [customerId],
      details: { source, outcome: receipt.outcome, signature: receipt.signature },
    };
    // The record's ids have served: what is kept of the task names nobody.
    await keep({ ...task, keys: [], receipt }, auditOf(entry));
  }

  async function keep(task: ErasureTask, audit: ReturnType<typeof auditOf> = []): Promise<void> {
    await store.commit({ erasureTasks: [task], audit });
  }

  return {
    begin,
    find: async (asked) => {
      const [profile] = await store.findProfiles([asked]);
      return store.findErasure(profile?.id ?? asked);
    },
    findPending: async (source, limit) => {
      const open = await store.findOpenErasures({ source, limit });
      return open
        .filter(({ nextAttemptAt }) => nextAttemptAt <= now())
        .map(({ customerId, keys }) => ({ customerId, keys }));
    },
    settle: async (result) => {
      if (result.source === OWN_SOURCE) throw facetError('BAD_REQUEST', 'A source hands in its own erasures only.');
      await settle(result);
    },
    resume: async () => {
      for (const { customerId } of await store.findOpenErasures({ source: OWN_SOURCE, limit: 10_000 })) {
        await finishOwn(customerId);
      }
    },
  };
}

/** What the person gave as the own address belongs to the person as what a source told does. */
function rectifiedAddresses(records: readonly StoredRecord[]): Array<{ namespace: string; value: string }> {
  return records.filter(isRectified).flatMap((record) => {
    const { contact } = (openAll(record).CONTACT ?? {}) as { contact?: { email?: unknown } };
    return typeof contact?.email === 'string' ? [{ namespace: 'email', value: contact.email }] : [];
  });
}
