/**
 * Sharding as far as it shows without a cluster: the commands, the indexes, and that every command names the shard key of its collection,
 * so that it asks one shard and not all; those that cannot are listed. A cluster itself was never tried.
 */
import type { CommandStartedEvent, Document } from 'mongodb';
import { INDEXES, openCollections } from '../../subgraphs/profiles/store/mongodb.collections';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import { openMongoStore } from '../../subgraphs/profiles/store/mongodb';
import { SHARD_KEYS, shardCommands } from '../../subgraphs/profiles/store/mongodb.shards';
import { createMongoSubjectKeys } from '../../subgraphs/profiles/seal/mongodb.subject-keys';
import { change, consentEvent, customerId, profile, storedRecord } from './contract';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

/** Walks and polls, which every shard has a part of. */
const ASK_ALL = [
  'find changes', // the entries again, where the log is lost
  'aggregate changes', // the change stream
  'find erasures', // open ones, polled
  'find inbox', // pending ones, polled
  'delete inbox', // those past their time
  'find profiles', // listed by page
  'find suppressions', // listed by page
  'distinct auditTrail', // which chains there are
];

it('A database is sharded by a key for each collection, and no unique index stands in its way', () => {
  expect(shardCommands('facet').slice(0, 3)).toEqual([
    { enableSharding: 'facet' },
    { shardCollection: 'facet.profiles', key: { _id: 'hashed' } },
    { shardCollection: 'facet.identities', key: { _id: 'hashed' } },
  ]);
  expect(Object.keys(SHARD_KEYS).toSorted()).toEqual(
    Object.keys(INDEXES)
      .filter((name) => name !== 'checkpoints')
      .toSorted(),
  );
  for (const [name, key] of Object.entries(SHARD_KEYS)) {
    const unique = INDEXES[name as keyof typeof INDEXES].filter(([, options]) => options?.unique === true);
    for (const [fields] of unique) {
      expect(Object.keys(fields as object).slice(0, Object.keys(key).length)).toEqual(Object.keys(key));
    }
  }
});

const found = findMongoServer();
(found === null ? describe.skip : describe)('On a MongoDB server', () => {
  let server: MongoServer;
  beforeAll(async () => {
    if (found !== null) server = await startMongoServer(found);
  });
  afterAll(() => server.stop());

  it('every read and write names the shard key of its collection, but for walks and polls', async () => {
    const connection = await connectMongo({ uri: server.uri('facet_shards') });
    await openCollections(connection);
    const store = await openMongoStore(connection);
    const keys = createMongoSubjectKeys(connection);
    const started: CommandStartedEvent[] = [];
    connection.client.on('commandStarted', (event) => started.push(event));

    const id = customerId(1);
    const identity = { namespace: 'email', key: 'v1:a' };
    const expectIdentities = [{ ...identity, customerIds: [] }];
    const task = {
      ...{ customerId: id, source: 'crm', keys: [], requestedBy: 'officer', requestedAt: 1, dueAt: 2, failures: 0 },
      ...{ lastFailure: null, nextAttemptAt: 1, receipt: null },
    };
    const end = await store.findLastCursor();
    await store.commit({
      ...{ expect: [{ customerId: id, version: 0 }], expectIdentities, link: [{ ...identity, customerId: id }] },
      ...{ profiles: [profile(1)], records: [storedRecord(1)], consentEvents: [consentEvent(1, 'e')] },
      ...{ changes: [change(1)], audit: [{ chainId: 'c', text: '{}' }], erasureTasks: [task] },
      suppress: [{ addressKey: 'v1:a', reason: 'COMPLAINT', occurredAt: 1, recordedAt: 1, actor: 'officer' }],
      received: [{ source: 'crm', eventId: 'e', key: 'k', receivedAt: 1 }],
      tombstones: [{ key: 'v1:t', erasedAt: 1 }],
      auditRoots: [{ chainId: 'c', seq: 1, hash: 'h', at: 1, signature: 's' }],
    });
    await store.commit({
      ...{ expect: [{ customerId: id, version: 1 }], unlink: [{ ...identity, customerId: id }] },
      ...{ removeRecords: [{ customerId: id, source: 'crm' }], consentEvents: [consentEvent(1, 'f')] },
      ...{ unsuppress: [{ addressKey: 'v1:a', reason: 'COMPLAINT' }], audit: [{ chainId: 'c', text: '{}' }] },
      ...{ applied: [{ source: 'crm', eventId: 'e' }], forgetInboxBefore: 2 },
    });
    const [told] = await store.findChanges({ after: end, limit: 10 });
    await store.findChange(told?.cursor ?? '');
    await store.findChanges({ after: null, limit: 10 });
    await store.findProfiles([id]);
    await store.findRecords([{ customerId: id, source: 'crm' }]);
    await store.findCustomerIds([identity]);
    await store.listProfiles({ limit: 5 });
    await store.findConsentEvents([id]);
    await store.findSuppressions(['v1:a']);
    await store.listSuppressions({ limit: 5 });
    await store.findPending('crm', 5);
    await store.findErasure(id);
    await store.findOpenErasures({ limit: 5 });
    await store.findTombstones(['v1:t']);
    await store.findAuditHeads();
    await store.findAudit({ chainId: 'c', limit: 5 });
    await store.findAuditRoots('c');
    await keys.add([[id, Uint8Array.of(1)]]);
    await keys.find([id]);
    await keys.destroy([id]);
    await store.close();
    await connection.db.dropDatabase();
    await connection.close();

    const asked = started.flatMap(targetsOf);
    expect(new Set(asked.map(({ collection }) => collection))).toEqual(new Set(Object.keys(SHARD_KEYS)));
    const scattered = asked.filter(({ names, collection }) => {
      const [field = ''] = Object.keys(SHARD_KEYS[collection as keyof typeof SHARD_KEYS]);
      return !names.includes(field);
    });
    const what = new Set(scattered.map(({ command, collection }) => `${command} ${collection}`));
    expect([...what].filter((each) => !ASK_ALL.includes(each))).toEqual([]);
    // A look-up by identity is never one of them.
    expect([...what].some((each) => each.endsWith('identities'))).toBe(false);
  }, 60_000);
});

/** What a command asks by, once for each statement of a write. */
function targetsOf({ commandName: command, command: sent }: CommandStartedEvent) {
  const collection = sent[command] as unknown;
  if (typeof collection !== 'string' || !Object.hasOwn(SHARD_KEYS, collection)) return [];
  const filters = ((): Document[] => {
    if (command === 'find') return [sent.filter as Document];
    if (command === 'distinct') return [sent.query as Document];
    if (command === 'aggregate') return [{}];
    if (command === 'update') return (sent.updates as Document[]).map(({ q }) => q as Document);
    if (command === 'delete') return (sent.deletes as Document[]).map(({ q }) => q as Document);
    if (command === 'insert') return sent.documents as Document[];
    return [];
  })();
  return filters.map((filter) => ({ command, collection, names: namesIn(filter) }));
}

/** A range over a hashed key asks every shard all the same. */
function namesIn(filter: Document): string[] {
  return Object.entries(filter)
    .filter(([, value]) => !isRange(value))
    .map(([name]) => name);
}

const isRange = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('$gt' in value || '$gte' in value || '$lt' in value);
