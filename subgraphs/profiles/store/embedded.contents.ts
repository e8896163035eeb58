/**
 * The contents of the embedded store: all of it read in one snapshot, beside whoever writes, or written in pages. Must not compute what is
 * written: seq, hashes and folded states come as they are.
 */
import type { Database, Transaction } from 'lmdb';
import type { CollectionName, Contents, ContentsPage, StoreContents } from './contents';
import type { Databases } from './embedded.databases';
import { commitFailure, storeFailure, writeFailure } from './embedded.errors';
import { findStrays } from './embedded.strays';
import {
  auditKey,
  checkpointKey,
  consentEventKey,
  consentRecordIdKey,
  erasureKey,
  identityOfKey,
  inboxKey,
  knownRange,
  openErasureKey,
  pendingKey,
  recordKey,
  suppressionKey,
  tombstoneKey,
  type EmbeddedKey,
} from './embedded.keys';
import type { ConsentEvent } from './store';

type Name = Exclude<CollectionName, 'subjectKeys'>;
type Row = { readonly key: EmbeddedKey; readonly value: unknown };

/** What of a collection's rows is an entry, and what it is made of. */
interface Shape<Entry> {
  /** Where the entries lie in their database. */
  readonly range?: { readonly start: EmbeddedKey; readonly end: EmbeddedKey };
  /** An entry or several; none of a row that only serves look-ups. */
  read(row: Row, at: Transaction | undefined): readonly Entry[];
  write(entry: Entry): void;
}

/** `snapshot`: all pages show the store as it was when it was opened. */
export function openEmbeddedContents(databases: Databases, options: { readonly snapshot: boolean }): StoreContents {
  const transaction = options.snapshot ? databases.root.useReadTransaction() : undefined;
  const shapes = shapesOf(databases);
  const reading = transaction === undefined ? {} : { transaction };

  function readRows(name: Name, after: string | null, limit: number): Row[] {
    const { range } = shapes[name];
    const from = after === null ? {} : { start: JSON.parse(after) as EmbeddedKey, exclusiveStart: true };
    const database = databases[name] as Database<unknown, EmbeddedKey>;
    return Array.from(database.getRange({ ...range, ...from, limit, ...reading }), ({ key, value }) => ({
      key,
      value,
    }));
  }

  return {
    async readPage<Asked extends CollectionName>(
      asked: Asked,
      { after, limit }: { after: string | null; limit: number },
    ) {
      const name = requireStored(asked);
      const read = shapes[name].read as Shape<unknown>['read'];
      try {
        const rows = readRows(name, after, limit);
        const entries = rows.flatMap((row) => read(row, transaction));
        const last = rows.at(-1);
        const next = rows.length < limit || last === undefined ? null : JSON.stringify(last.key);
        return { entries, next } as unknown as ContentsPage<Contents[Asked]>;
      } catch (error) {
        throw storeFailure('Expected to read the profile store', error);
      }
    },
    async write(asked, entries) {
      const name = requireStored(asked);
      const write = shapes[name].write as (entry: unknown) => void;
      try {
        await databases.root.childTransaction(() => entries.forEach(write));
      } catch (error) {
        throw writeFailure('Expected to write to the profile store', await commitFailure(error), databases.folder);
      }
    },
    estimate: async (asked) => (databases[requireStored(asked)].getStats() as { entryCount: number }).entryCount,
    findStrays: () => findStrays(databases, transaction),
    close: async () => {
      transaction?.done();
      await databases.root.close();
    },
  };
}

function requireStored(name: CollectionName): Name {
  if (name === 'subjectKeys') throw new TypeError('Expected a collection of the store; the keys lie beside it.');
  return name;
}

function shapesOf(databases: Databases): { readonly [Each in Name]: Shape<Contents[Each]> } {
  const { profiles, identities, identitiesOf, sourceRecords, consentEvents, changes, checkpoints, meta } = databases;
  const { inbox, suppressions, erasures, tombstones, auditTrail, auditRoots } = databases;
  /** The row is the entry. */
  const plain = <Entry>(
    database: Database<Entry, EmbeddedKey>,
    keyOf: (entry: Entry) => EmbeddedKey,
  ): Shape<Entry> => ({
    read: ({ value }) => [value as Entry],
    write: (entry) => void database.putSync(keyOf(entry), entry),
  });
  return {
    profiles: plain(profiles, ({ id }) => id),
    identities: {
      read: ({ key, value }) => {
        const [namespacePart, keyPart] = key as [string, string];
        return [{ namespacePart, keyPart, customerIds: value as string[] }];
      },
      write: ({ namespacePart, keyPart, customerIds }) => {
        const at = [namespacePart, keyPart];
        for (const id of identities.get(at) ?? []) identitiesOf.removeSync(identityOfKey(id, at));
        for (const id of customerIds) identitiesOf.putSync(identityOfKey(id, at), true);
        if (customerIds.length > 0) identities.putSync(at, [...customerIds]);
        else identities.removeSync(at);
      },
    },
    sourceRecords: plain(sourceRecords, ({ customerId, source }) => recordKey(customerId, source)),
    consentEvents: {
      read: ({ value }) => (typeof value === 'number' ? [] : [value as ConsentEvent]),
      write: (event) => {
        const { customerId, seq, recordId } = event;
        const end = consentEventKey(customerId, 0);
        consentEvents.putSync(consentEventKey(customerId, seq), event);
        consentEvents.putSync(consentRecordIdKey(customerId, recordId), seq);
        consentEvents.putSync(end, Math.max(seq, (consentEvents.get(end) as number | undefined) ?? 0));
      },
    },
    suppressions: {
      read: ({ value }) => value as Contents['suppressions'][],
      write: (entry) => {
        const at = suppressionKey(entry.addressKey);
        const others = (suppressions.get(at) ?? []).filter(({ reason }) => reason !== entry.reason);
        suppressions.putSync(
          at,
          [...others, entry].sort((a, b) => (a.reason < b.reason ? -1 : 1)),
        );
      },
    },
    tombstones: plain(tombstones, ({ key }) => tombstoneKey(key)),
    erasures: {
      range: { start: ['of'], end: ['of\0'] },
      read: ({ value }) => [value as Contents['erasures']],
      write: (task) => {
        const { customerId, source, nextAttemptAt, receipt } = task;
        const at = erasureKey(customerId, source);
        const before = erasures.get(at);
        if (before) erasures.removeSync(openErasureKey(before.nextAttemptAt, customerId, source));
        erasures.putSync(at, task);
        if (receipt === null) erasures.putSync(openErasureKey(nextAttemptAt, customerId, source), task);
      },
    },
    checkpoints: plain(checkpoints, ({ name }) => checkpointKey(name)),
    inbox: {
      range: knownRange,
      read: ({ value }, at) => {
        const entry = value as Contents['inbox'];
        const pending = pendingKey(entry.source, entry.receivedAt, entry.eventId);
        const isPending = inbox.get(pending, at === undefined ? {} : { transaction: at }) !== undefined;
        return [{ ...entry, isPending }];
      },
      write: ({ isPending, ...entry }) => {
        const pending = pendingKey(entry.source, entry.receivedAt, entry.eventId);
        inbox.putSync(inboxKey(entry.source, entry.eventId), entry);
        if (isPending) inbox.putSync(pending, entry);
        else inbox.removeSync(pending);
      },
    },
    auditTrail: plain(auditTrail, ({ chainId, seq }) => auditKey(chainId, seq)),
    auditRoots: plain(auditRoots, ({ chainId, seq }) => auditKey(chainId, seq)),
    changes: {
      read: ({ key, value }) => [{ ...(value as Contents['changes']), place: key as number }],
      write: ({ place, ...change }) => {
        changes.putSync(place, change);
        meta.putSync('changeSequence', Math.max(place, meta.get('changeSequence') ?? 0));
      },
    },
  };
}
