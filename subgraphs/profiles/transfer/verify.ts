/**
 * Verifies a store, entry by entry: that every key unwraps and every record opens, that what names a customer names one who is there, and that
 * the feed has no gap. Reads only. Consent ledgers and the audit trail are `profiles/audit/`'s to verify.
 *
 * What is found is told by kind, with ids of ours and names of sources, never a value.
 */
import { unseal } from '../seal/cipher';
import type { KeyEncryption } from '../seal/key-encryption';
import { placeOf } from '../seal/sealed-store';
import { pagesOf } from '../store/contents';
import type { CollectionName, StoreContents } from '../store/contents';
import type { Profile, StoredRecord } from '../store/store';
import { CATEGORIES } from '../../../schema/policy';
import type { OnProgress } from './backup';
import { FEED_LEAP } from './restore';

export interface Fault {
  readonly what: string;
  /** A customer's id, with a source's name where there is one; a place in the feed. */
  readonly where: string;
}

/** What is kept of each customer to hold the rest against: a few hundred bytes. */
interface Known extends Pick<Profile, 'status' | 'mergedInto'> {
  wrapped?: Uint8Array;
}
type Customers = ReadonlyMap<string, Known>;

export interface VerifyOptions {
  readonly contents: StoreContents;
  readonly encryption: KeyEncryption;
  readonly onProgress?: OnProgress | undefined;
}

/** Errors: STORE_UNAVAILABLE. */
export async function* findFaults(options: VerifyOptions): AsyncGenerator<Fault> {
  const customers = new Map<string, Known>();
  for await (const { id, status, mergedInto } of entries(options, 'profiles')) {
    customers.set(id, { status, mergedInto } as Known);
  }
  for (const [id, { mergedInto }] of customers) {
    if (mergedInto !== undefined && !customers.has(mergedInto)) yield { what: 'merged into nobody', where: id };
  }
  yield* faultsOfKeys(options, customers);
  yield* faultsOfRecords(options, customers);
  yield* faultsOfIdentities(options, customers);
  for await (const { customerId } of entries(options, 'consentEvents')) {
    if (!customers.has(customerId)) yield { what: 'consent event of nobody', where: customerId };
  }
  for await (const { customerId, source } of entries(options, 'erasures')) {
    if (customers.get(customerId)?.status === 'ERASED') continue;
    yield { what: 'erasure of a customer who is not erased', where: `${customerId} ${source}` };
  }
  yield* faultsOfFeed(options);
  for await (const where of options.contents.findStrays?.() ?? [])
    yield { what: 'look-up row that fits no entry', where };
}

async function* faultsOfKeys(options: VerifyOptions, customers: Customers): AsyncGenerator<Fault> {
  for await (const { customerId, wrapped } of entries(options, 'subjectKeys')) {
    const customer = customers.get(customerId);
    // A key without a customer is what a commit that was refused leaves.
    if (customer === undefined) continue;
    // A process that ended before it was destroyed leaves it to the next start.
    if (customer.mergedInto !== undefined) yield { what: 'key of a merged customer', where: customerId };
    else if (customer.status === 'ERASED') yield { what: 'key of an erased customer', where: customerId };
    customer.wrapped = wrapped;
    const opens = await options.encryption.unwrap(customerId, wrapped).then(
      () => true,
      () => false,
    );
    if (!opens) yield { what: 'key that does not unwrap', where: customerId };
  }
}

async function* faultsOfRecords(options: VerifyOptions, customers: Customers): AsyncGenerator<Fault> {
  for await (const record of entries(options, 'sourceRecords')) {
    const where = `${record.customerId} ${record.source}`;
    const customer = customers.get(record.customerId);
    if (customer === undefined) yield { what: 'record of nobody', where };
    else if (customer.status === 'ERASED') yield { what: 'record of an erased customer', where };
    else if (!(await opens(record, customer.wrapped, options.encryption)))
      yield { what: 'record that does not open', where };
  }
}

async function opens(
  record: StoredRecord,
  wrapped: Uint8Array | undefined,
  encryption: KeyEncryption,
): Promise<boolean> {
  const sealed = CATEGORIES.flatMap((category) => {
    const bytes = record.blobs[category];
    return bytes === undefined ? [] : [{ category, bytes }];
  });
  if (sealed.length === 0) return true;
  if (wrapped === undefined) return false;
  try {
    const key = await encryption.unwrap(record.customerId, wrapped);
    for (const { category, bytes } of sealed) unseal(key, placeOf(record, category), bytes);
    return true;
  } catch {
    return false;
  }
}

async function* faultsOfIdentities(options: VerifyOptions, customers: Customers): AsyncGenerator<Fault> {
  for await (const { namespacePart, customerIds } of entries(options, 'identities')) {
    for (const id of customerIds) {
      const customer = customers.get(id);
      if (customer === undefined) yield { what: 'identity of nobody', where: `${id} ${namespacePart}` };
      else if (customer.status === 'ERASED')
        yield { what: 'identity of an erased customer', where: `${id} ${namespacePart}` };
    }
  }
}

/** Numbers follow one another; a restore leaps by a multiple of FEED_LEAP. */
async function* faultsOfFeed(options: VerifyOptions): AsyncGenerator<Fault> {
  let last: number | undefined;
  for await (const { place } of entries(options, 'changes')) {
    if (last !== undefined && (place - last - 1) % FEED_LEAP !== 0)
      yield { what: 'gap in the feed', where: `after ${last}` };
    last = place;
  }
}

async function* entries<Name extends CollectionName>({ contents, onProgress }: VerifyOptions, name: Name) {
  const total = await contents.estimate(name);
  let done = 0;
  for await (const page of pagesOf(contents, name)) {
    yield* page.entries;
    onProgress?.({ what: name, done: (done += page.entries.length), total });
  }
}
