/**
 * Migrations of the MongoDB store: forward, each step done or found done, so that one that was cut off is begun again. As in the embedded store a
 * database between two schemas carries the later number and is served by nobody.
 *
 * Must not run beside a Facet. The way back is the server's own backup, taken before.
 */
import { facetError } from '../../../schema/errors';
import { INDEXES, MONGO_SCHEMA_VERSION, readSchema } from './mongodb.collections';
import type { Meta } from './mongodb.collections';
import type { MongoConnection } from './mongodb.connection';
import { mongoFailure } from './mongodb.errors';
import type { MigrationHooks, MigrationPlan } from './migration';

interface Migration {
  readonly to: number;
  readonly what: string;
  readonly over: 'identities';
  readonly run: (connection: MongoConnection) => Promise<void>;
}

const MIGRATIONS: readonly Migration[] = [
  {
    to: 2,
    what: 'an index of identities by customer, so that an erasure takes out every one that leads to the person',
    over: 'identities',
    run: async ({ db }) => {
      for (const [keys, options = {}] of INDEXES.identities)
        await db.collection('identities').createIndex(keys, options);
    },
  },
];

/** What `migrateMongo` would do; changes nothing. Errors: STORE_UNAVAILABLE, STORE_CORRUPT, STORE_NEWER_SCHEMA. */
export async function planMongo({ db }: MongoConnection): Promise<MigrationPlan> {
  try {
    const schema = await readSchema(db);
    if (schema === null)
      throw facetError('STORE_UNAVAILABLE', 'Expected a profile store to migrate; there is none yet.');
    const { version, migrating } = schema;
    const from = migrating ? version - 1 : version;
    const due = MIGRATIONS.filter(({ to }) => to > from);
    const migrations = await Promise.all(
      due.map(async ({ to, what, over }) => ({
        ...{ to, what, isUnderWay: migrating && to === version },
        entries: await db.collection(over).estimatedDocumentCount(),
      })),
    );
    return { from, to: MONGO_SCHEMA_VERSION, migrations };
  } catch (error) {
    throw mongoFailure('Expected to plan a migration', error);
  }
}

/** Answers what was done. Errors: as `planMongo`. */
export async function migrateMongo(
  connection: MongoConnection,
  { onProgress, onStep }: MigrationHooks = {},
): Promise<MigrationPlan> {
  const plan = await planMongo(connection);
  const meta = connection.db.collection<Meta>('meta');
  try {
    for (const { to, entries } of plan.migrations) {
      await meta.updateOne({ _id: 'schema' }, { $set: { version: to, migrating: true } });
      await onStep?.('begin');
      await MIGRATIONS.find((each) => each.to === to)?.run(connection);
      onProgress?.({ what: `schema ${to}`, done: entries ?? 1, total: entries });
      await onStep?.('page');
      await meta.updateOne({ _id: 'schema' }, { $unset: { migrating: '' } });
      await onStep?.('end');
    }
    return plan;
  } catch (error) {
    throw mongoFailure('Expected to migrate the profile store', error);
  }
}
