/**
 * The contents of the MongoDB store, page by page: no snapshot, so that who wants an exact copy stops the writers first. Must not compute what is
 * written: seq, hashes and folded states come as they are.
 */
import { ObjectId } from 'mongodb';
import type { AnyBulkWriteOperation, Collection, Document, Filter } from 'mongodb';
import type { CollectionName, Contents, ContentsPage, StoreContents } from './contents';
import type { Collections, SuppressionDocument } from './mongodb.collections';
import { mongoFailure } from './mongodb.errors';
import { inboxId } from './mongodb.keys';
import { keyPart } from './plain-key';

type Name = Exclude<CollectionName, 'subjectKeys'>;
type Asked = { readonly after: string | null; readonly limit: number };

interface Shape<Entry> {
  page(asked: Asked): Promise<ContentsPage<Entry>>;
  /** Each made or replaced where it belongs. */
  write(entries: readonly Entry[]): Promise<unknown>;
}

/** `close` lets go of the connection. */
export function openMongoContents(collections: Collections, close: () => Promise<void>): StoreContents {
  const shapes = shapesOf(collections);
  const shapeOf = <Asking extends CollectionName>(name: Asking): Shape<Contents[Asking]> => {
    if (name === 'subjectKeys') throw new TypeError('Expected a collection of the store; the keys lie beside it.');
    return shapes[name as Name] as unknown as Shape<Contents[Asking]>;
  };
  return {
    readPage: async (name, asked) => {
      try {
        return await shapeOf(name).page(asked);
      } catch (error) {
        throw mongoFailure('Expected to read the profile store', error);
      }
    },
    write: async (name, entries) => {
      try {
        if (entries.length > 0) await shapeOf(name).write(entries);
      } catch (error) {
        throw mongoFailure('Expected to write to the profile store', error);
      }
    },
    estimate: (name) => collections[name as Name].estimatedDocumentCount(),
    close,
  };
}

function shapesOf(collections: Collections): { readonly [Each in Name]: Shape<Contents[Each]> } {
  return {
    profiles: {
      page: byId(collections.profiles, ({ _id, revision: _revision, ...profile }) => [{ id: String(_id), ...profile }]),
      write: (entries) => replaceById(collections.profiles, entries, ({ id, ...profile }) => ({ _id: id, ...profile })),
    },
    identities: {
      page: byId(collections.identities, ({ _id, customerIds }) => {
        const [namespacePart = '', part = ''] = _id.split('\t');
        return customerIds.length === 0 ? [] : [{ namespacePart, keyPart: part, customerIds }];
      }),
      write: (entries) =>
        collections.identities.bulkWrite(
          entries.map(({ namespacePart, keyPart: part, customerIds }) => {
            const filter = { _id: `${namespacePart}\t${part}` };
            if (customerIds.length === 0) return { deleteOne: { filter } };
            return { replaceOne: { filter, replacement: { customerIds: [...customerIds] }, upsert: true } };
          }),
        ),
    },
    sourceRecords: {
      page: byCustomer(collections.sourceRecords, 'source'),
      write: (entries) =>
        replaceBy(collections.sourceRecords, entries, ({ customerId, source }) => ({ customerId, source })),
    },
    consentEvents: {
      page: byCustomer(collections.consentEvents, 'seq'),
      write: (entries) => replaceBy(collections.consentEvents, entries, ({ customerId, seq }) => ({ customerId, seq })),
    },
    suppressions: {
      page: byId(collections.suppressions, ({ entries }) => entries),
      write: async (entries) => {
        const ofAddress = entries.flatMap((entry): Array<AnyBulkWriteOperation<SuppressionDocument>> => {
          const filter = { _id: keyPart(entry.addressKey) };
          const { reason } = entry;
          return [
            { updateOne: { filter, update: { $setOnInsert: { entries: [] } }, upsert: true } },
            { updateOne: { filter, update: { $pull: { entries: { reason } } } } },
            {
              updateOne: { filter, update: { $push: { entries: { $each: [entry], $sort: { reason: 1 as const } } } } },
            },
          ];
        });
        await collections.suppressions.bulkWrite(ofAddress);
      },
    },
    tombstones: {
      page: byId(collections.tombstones, ({ _id, ...tombstone }) => [tombstone]),
      write: (entries) => replaceById(collections.tombstones, entries, (each) => ({ _id: keyPart(each.key), ...each })),
    },
    erasures: {
      page: byCustomer(collections.erasures, 'source', ({ isOpen: _isOpen, ...task }) => task),
      write: (entries) =>
        replaceBy(
          collections.erasures,
          entries.map((task) => ({ ...task, isOpen: task.receipt === null })),
          ({ customerId, source }) => ({ customerId, source }),
        ),
    },
    checkpoints: {
      page: byId(collections.checkpoints, ({ _id, ...checkpoint }) => [checkpoint]),
      write: (entries) =>
        replaceById(collections.checkpoints, entries, (each) => ({ _id: keyPart(each.name), ...each })),
    },
    inbox: {
      page: byId(collections.inbox, ({ _id, receivedOn: _receivedOn, ...entry }) => [entry]),
      write: (entries) =>
        replaceById(collections.inbox, entries, (entry) => ({
          _id: inboxId(entry),
          ...entry,
          receivedOn: new Date(entry.receivedAt),
        })),
    },
    auditTrail: {
      page: byChain(collections.auditTrail),
      write: (entries) => replaceBy(collections.auditTrail, entries, ({ chainId, seq }) => ({ chainId, seq })),
    },
    auditRoots: {
      page: byChain(collections.auditRoots),
      write: (entries) => replaceBy(collections.auditRoots, entries, ({ chainId, seq }) => ({ chainId, seq })),
    },
    changes: {
      page: pageOfChanges(collections),
      write: (entries) =>
        // Ids that rise with the place, and lie before all that are given from now on.
        replaceById(collections.changes, entries, ({ place, ...change }) => ({
          _id: new ObjectId(place.toString(16).padStart(24, '0')),
          ...change,
          writtenAt: new Date(),
        })),
    },
  };
}

/** In order of `_id`, a text. */
function byId<Stored extends Document & { _id: string }, Entry>(
  collection: Collection<Stored>,
  read: (stored: Stored) => readonly Entry[],
): Shape<Entry>['page'] {
  return async ({ after, limit }) => {
    const filter = (after === null ? {} : { _id: { $gt: after } }) as Filter<Stored>;
    const found = (await collection.find(filter, { sort: { _id: 1 }, limit }).toArray()) as unknown as Stored[];
    return { entries: found.flatMap(read), next: found.length < limit ? null : (found.at(-1)?._id ?? null) };
  };
}

/** Customer by customer, each whole: a page ends before one that it would cut. */
function byCustomer<Stored extends Document & { customerId: string }, Entry = Stored>(
  collection: Collection<Stored>,
  within: string,
  read: (stored: Stored) => Entry = (stored) => stored as unknown as Entry,
): Shape<Entry>['page'] {
  const find = async (filter: object, limit: number) => {
    const options = { sort: { customerId: 1, [within]: 1 } as const, limit, projection: { _id: 0 } };
    return (await collection.find(filter as Filter<Stored>, options).toArray()) as unknown as Stored[];
  };
  return async ({ after, limit }) => {
    const found = await find(after === null ? {} : { customerId: { $gt: after } }, limit);
    if (found.length < limit) return { entries: found.map(read), next: null };
    const last = found.at(-1)?.customerId ?? '';
    const whole = found.filter(({ customerId }) => customerId !== last);
    if (whole.length > 0) return { entries: whole.map(read), next: whole.at(-1)?.customerId ?? null };
    return { entries: (await find({ customerId: last }, 0)).map(read), next: last };
  };
}

/** Chain after chain, each in order of its places. */
function byChain<Stored extends Document & { chainId: string; seq: number }>(
  collection: Collection<Stored>,
): Shape<Stored>['page'] {
  const find = async (filter: object, limit: number) => {
    const options = { sort: { chainId: 1, seq: 1 } as const, limit, projection: { _id: 0 } };
    return (await collection.find(filter as Filter<Stored>, options).toArray()) as unknown as Stored[];
  };
  return async ({ after, limit }) => {
    const [chainId, seq] = after === null ? [null, 0] : (JSON.parse(after) as [string, number]);
    const rest = chainId === null ? [] : await find({ chainId, seq: { $gt: seq } }, limit);
    const room = limit - rest.length;
    const others = room === 0 ? [] : await find(chainId === null ? {} : { chainId: { $gt: chainId } }, room);
    const entries = [...rest, ...others];
    const last = entries.at(-1);
    return { entries, next: entries.length < limit || !last ? null : JSON.stringify([last.chainId, last.seq]) };
  };
}

/** The server gives no numbers: they are counted on the way. */
function pageOfChanges({ changes }: Collections): Shape<Contents['changes']>['page'] {
  return async ({ after, limit }) => {
    const [id, count] = after === null ? [null, 0] : (JSON.parse(after) as [string, number]);
    const filter = id === null ? {} : { _id: { $gt: new ObjectId(id) } };
    const found = await changes.find(filter, { sort: { _id: 1 }, limit }).toArray();
    const entries = found.map(({ _id, writtenAt: _writtenAt, ...change }, at) => ({
      ...change,
      place: count + at + 1,
    }));
    const last = found.at(-1);
    const next = found.length < limit || !last ? null : JSON.stringify([last._id.toHexString(), count + found.length]);
    return { entries, next };
  };
}

function replaceById<Stored extends Document, Entry>(
  collection: Collection<Stored>,
  entries: readonly Entry[],
  documentOf: (entry: Entry) => Stored,
): Promise<unknown> {
  const operations = entries.map((entry) => {
    const { _id, ...replacement } = documentOf(entry) as Document;
    return { replaceOne: { filter: { _id }, replacement, upsert: true } };
  });
  return collection.bulkWrite(operations as unknown as Array<AnyBulkWriteOperation<Stored>>);
}

function replaceBy<Stored extends Document, Entry extends object>(
  collection: Collection<Stored>,
  entries: readonly Entry[],
  filterOf: (entry: Entry) => object,
): Promise<unknown> {
  const operations = entries.map((replacement) => ({
    replaceOne: { filter: filterOf(replacement), replacement, upsert: true },
  }));
  return collection.bulkWrite(operations as unknown as Array<AnyBulkWriteOperation<Stored>>);
}
