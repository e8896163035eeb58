/**
 * Everything a store holds, collection by collection: what is copied, exported, verified and carried over. Beside `ProfileStore`, and not for
 * serving: what is written here goes in as it is, whatever it follows from. Must not name an engine; records and keys stay sealed.
 */
import type { AuditRecord, AuditRoot } from './audit';
import type { ErasureTask, Tombstone } from './erasure';
import type { Change } from './change';
import type { Checkpoint, ConsentEvent, InboxEntry, Profile, StoredRecord, SuppressionEntry } from './store';

/** An identity under the parts of its key in the store (plain-key.ts), which for an odd one are hashes. */
export interface StoredIdentity {
  readonly namespacePart: string;
  readonly keyPart: string;
  /** In ascending order. Written with none, the identity is gone. */
  readonly customerIds: readonly string[];
}

export interface StoredChange extends Change {
  /** Its number in the feed, rising; a store without numbers counts. */
  readonly place: number;
}

export interface StoredInboxEntry extends InboxEntry {
  readonly isPending: boolean;
}

export interface StoredSubjectKey {
  readonly customerId: string;
  /** The data key, wrapped by a key of FACET_ENCRYPTION_KEYS. */
  readonly wrapped: Uint8Array;
}

export interface Contents {
  readonly subjectKeys: StoredSubjectKey;
  readonly profiles: Profile;
  readonly identities: StoredIdentity;
  /** Sealed. */
  readonly sourceRecords: StoredRecord;
  readonly consentEvents: ConsentEvent;
  readonly suppressions: SuppressionEntry;
  readonly tombstones: Tombstone;
  readonly erasures: ErasureTask;
  readonly checkpoints: Checkpoint;
  readonly inbox: StoredInboxEntry;
  readonly auditTrail: AuditRecord;
  readonly auditRoots: AuditRoot;
  readonly changes: StoredChange;
}
export type CollectionName = keyof Contents;

/** In the order in which they are written: a record's key before it, and the feed last. */
export const COLLECTIONS = [
  'subjectKeys',
  'profiles',
  'identities',
  'sourceRecords',
  'consentEvents',
  'suppressions',
  'tombstones',
  'erasures',
  'checkpoints',
  'inbox',
  'auditTrail',
  'auditRoots',
  'changes',
] as const satisfies readonly CollectionName[];

export interface ContentsPage<Entry> {
  readonly entries: readonly Entry[];
  /** Where the next page begins; null: that was all. */
  readonly next: string | null;
}

/** Errors, from every method: STORE_UNAVAILABLE. */
export interface StoreContents {
  /** Entries in the store's own order; a ledger and a chain come in order of their places. `after` is a `next` of this collection. */
  readPage<Name extends CollectionName>(
    name: Name,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<ContentsPage<Contents[Name]>>;
  /** Puts entries where they belong, each made or replaced: the same ones twice are the same as once. Durable when it resolves. */
  write<Name extends CollectionName>(name: Name, entries: ReadonlyArray<Contents[Name]>): Promise<void>;
  /** About how many entries `readPage` will give: for a progress bar. */
  estimate(name: CollectionName): Promise<number>;
  /** Rows that only serve look-ups and fit no entry, or are missing, by what they are about. Absent where the engine keeps them itself. */
  findStrays?(): AsyncIterable<string>;
  close(): Promise<void>;
}

const PAGE = 1_000;

/** All entries of a collection, page by page. */
export async function* pagesOf<Name extends CollectionName>(
  contents: Pick<StoreContents, 'readPage'>,
  name: Name,
  after: string | null = null,
): AsyncGenerator<ContentsPage<Contents[Name]>> {
  for (let at: string | null = after; ;) {
    const page: ContentsPage<Contents[Name]> = await contents.readPage(name, { after: at, limit: PAGE });
    yield page;
    if (page.next === null) return;
    at = page.next;
  }
}

export async function* entriesOf<Name extends CollectionName>(
  contents: Pick<StoreContents, 'readPage'>,
  name: Name,
): AsyncGenerator<Contents[Name]> {
  for await (const { entries } of pagesOf(contents, name)) yield* entries;
}
