/**
 * Everything that a store answers about known customers, one line per question: what is compared before and after a crash or damage.
 * Through the port only.
 */
import { errorCodeOf } from '../../schema/errors';
import { CATEGORIES } from '../../schema/policy';
import type { ProfileStore, StoredRecord } from '../../subgraphs/profiles/store/store';

export interface Known {
  readonly customerIds: readonly string[];
  readonly sources: readonly string[];
  readonly identities: ReadonlyArray<{ readonly namespace: string; readonly key: string }>;
  readonly addressKeys: readonly string[];
  readonly chains: readonly string[];
}

const ALL = 1_000_000;

/** Question → answer as JSON, or the code of its error. */
export async function askEverything(store: ProfileStore, known: Known): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (question: string, answer: Promise<unknown>) => {
    const text = await answer.then((value) => JSON.stringify(value), errorCodeOf);
    answers.set(question, text);
  };
  for (const id of known.customerIds) {
    await ask(`profile ${id}`, store.findProfiles([id]));
    await ask(`ledger ${id}`, store.findConsentEvents([id]));
    await ask(`erasure ${id}`, store.findErasure(id));
    for (const source of known.sources) {
      await ask(`record ${id} ${source}`, store.findRecords([{ customerId: id, source }]).then(opened));
    }
  }
  for (const identity of known.identities) {
    await ask(`identity ${identity.namespace} ${identity.key}`, store.findCustomerIds([identity]));
  }
  for (const key of known.addressKeys) {
    await ask(`suppressions ${key}`, store.findSuppressions([key]));
    await ask(`tombstone ${key}`, store.findTombstones([key]));
  }
  for (const source of known.sources) {
    await ask(`pending ${source}`, store.findPending(source, ALL));
    await ask(`checkpoint ${source}`, store.findCheckpoint(source));
  }
  for (const chainId of known.chains) {
    await ask(`chain ${chainId}`, store.findAudit({ chainId, limit: ALL }));
    await ask(`roots ${chainId}`, store.findAuditRoots(chainId));
  }
  await ask('profiles', store.listProfiles({ limit: ALL }));
  await ask('suppressed', store.listSuppressions({ limit: ALL }));
  await ask('changes', store.findChanges({ after: null, limit: ALL }));
  await ask('open erasures', store.findOpenErasures({ limit: ALL }));
  await ask('heads', store.findAuditHeads());
  return answers;
}

/** Each category opened, as a reader would. */
function opened(records: ReadonlyArray<StoredRecord | null>): unknown {
  return records.map((record) => {
    if (record === null) return null;
    const blobs = CATEGORIES.map((category) => {
      const blob = record.blobs[category];
      return blob === undefined ? null : Buffer.from(blob).toString('base64');
    });
    return { ...record, blobs };
  });
}
