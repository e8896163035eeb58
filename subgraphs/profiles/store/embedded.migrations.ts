/**
 * Migrations of the embedded store: forward, a page to a transaction, going on where they stood. A store that is between two schemas already carries
 * the later one's number, so that an older Facet does not write to it, and says that it is under way, so that this one does not serve it.
 *
 * Must not run beside a Facet. There is no way back but the backup that was taken before.
 */
import type { RootDatabase } from 'lmdb';
import { openEnvironment, openOne, schemaOf, SCHEMA_VERSION } from './embedded.databases';
import { commitFailure, storeFailure } from './embedded.errors';
import { identityOfKey } from './embedded.keys';
import type { EmbeddedKey } from './embedded.keys';
import type { MigrationHooks, MigrationPlan } from './migration';

type Root = RootDatabase<unknown, EmbeddedKey>;

interface Migration {
  readonly to: number;
  readonly what: string;
  /** Whose entries it goes through, in order. */
  readonly over: 'identities';
  /** Opens what it needs, and answers what becomes of one entry, inside a transaction; done twice it is as done once. */
  readonly prepare: (root: Root) => (key: EmbeddedKey, value: unknown) => void;
}

const MIGRATIONS: readonly Migration[] = [
  {
    to: 2,
    what: 'identities by customer, so that an erasure takes out every one that leads to the person',
    over: 'identities',
    prepare: (root) => {
      const identitiesOf = openOne<true>(root, 'identitiesOf');
      return (key, value) => {
        for (const id of value as string[]) identitiesOf.putSync(identityOfKey(id, key as string[]), true);
      };
    },
  },
];

const PAGE = 2_000;

/** What `migrateEmbedded` would do; changes nothing. Errors: STORE_UNAVAILABLE, STORE_CORRUPT, STORE_NEWER_SCHEMA. */
export async function planEmbedded(path: string, now: () => number): Promise<MigrationPlan> {
  const root = await openEnvironment({ path, readOnly: true, now });
  try {
    return planOf(root);
  } finally {
    await root.close();
  }
}

/** Answers what was done. Errors: as `planEmbedded`. */
export async function migrateEmbedded(
  path: string,
  now: () => number,
  hooks: MigrationHooks = {},
): Promise<MigrationPlan> {
  const root = await openEnvironment({ path, now });
  try {
    const plan = planOf(root);
    for (const { to } of plan.migrations) {
      const migration = MIGRATIONS.find((each) => each.to === to);
      if (migration) await migrate(root, migration, hooks);
    }
    return plan;
  } finally {
    await root.close();
  }
}

function planOf(root: Root): MigrationPlan {
  const { version, migrating } = schemaOf(root);
  const from = migrating ? version - 1 : version;
  const migrations = MIGRATIONS.filter(({ to }) => to > from).map(({ to, what, over }) => ({
    ...{ to, what, isUnderWay: migrating && to === version },
    entries: (openOne(root, over).getStats() as { entryCount: number }).entryCount,
  }));
  return { from, to: SCHEMA_VERSION, migrations };
}

async function migrate(
  root: Root,
  { to, over, prepare }: Migration,
  { onProgress, onStep }: MigrationHooks,
): Promise<void> {
  const meta = openOne<unknown>(root, 'meta');
  const source = openOne<unknown>(root, over);
  const apply = prepare(root);
  const total = (source.getStats() as { entryCount: number }).entryCount;
  await transact(root, () => {
    if (meta.get('migratingTo') === to) return;
    meta.putSync('schemaVersion', to);
    meta.putSync('migratingTo', to);
  });
  await onStep?.('begin');
  for (let done = 0, isThrough = false; !isThrough;) {
    await transact(root, () => {
      const after = meta.get('migratedUpTo') as string | undefined;
      const start = after === undefined ? {} : { start: JSON.parse(after) as EmbeddedKey, exclusiveStart: true };
      const page = Array.from(source.getRange({ ...start, limit: PAGE }), ({ key, value }) => ({ key, value }));
      for (const { key, value } of page) apply(key, value);
      const last = page.at(-1);
      if (last !== undefined) meta.putSync('migratedUpTo', JSON.stringify(last.key));
      done += page.length;
      isThrough = page.length < PAGE;
    });
    onProgress?.({ what: `schema ${to}`, done, total });
    await onStep?.('page');
  }
  await transact(root, () => {
    meta.removeSync('migratedUpTo');
    meta.removeSync('migratingTo');
  });
  await onStep?.('end');
}

/** A child transaction, because lmdb commits what a plain one wrote before it threw. Durable when it resolves. */
async function transact(root: Root, work: () => void): Promise<void> {
  try {
    await root.childTransaction(work);
  } catch (error) {
    throw storeFailure('Expected to migrate the profile store', await commitFailure(error));
  }
}
