/** `store migrate`: brings a store to the schema of this Facet, after a backup. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { RECORD_VERSION } from '../../subgraphs/profiles/record-version';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { migrateEmbedded, planEmbedded } from '../../subgraphs/profiles/store/embedded.migrations';
import type { MigrationPlan } from '../../subgraphs/profiles/store/migration';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import { migrateMongo, planMongo } from '../../subgraphs/profiles/store/mongodb.migrations';
import { takeBackup } from '../../subgraphs/profiles/transfer/backup';
import { countOlderRecords, migrateRecords } from '../../subgraphs/profiles/transfer/record-migration';
import { finishSwap } from '../../subgraphs/profiles/transfer/swap';
import { claimDataDir } from '../claim';
import { UsageError } from './command';
import type { Command, CommandContext, Values } from './command';

export const migrate: Command = {
  summary: 'brings the store to the schema of this Facet, after a backup',
  usage: '[--dry-run] [--backup DIR] [--backed-up] [--data-dir DIR]',
  help: `  --dry-run       prints what would be done, and does nothing
  --backup DIR    where the embedded store is backed up to first; backups/ in the data folder
  --backed-up     MongoDB: you have taken a backup of the database (a snapshot, or mongodump --oplog)
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data. Facet must not run on it

Forward only, and a step at a time: one that was cut off goes on when the command is given again, and nobody serves the store
until then. Records of an earlier version are served as they are, upgraded as they are read; here all of them are written anew. The
way back is the backup: store restore, with the Facet of before.`,
  options: { 'dry-run': { type: 'boolean' }, backup: { type: 'string' }, 'backed-up': { type: 'boolean' } },
  run: (values, context) =>
    context.place.mongodb === undefined ? runEmbedded(values, context) : runMongo(values, context),
};

async function runEmbedded(values: Values, context: CommandContext): Promise<number> {
  const { dataDir, now, onProgress, print } = context;
  const store = path.join(dataDir, 'store');
  if (values['dry-run'] === true) {
    const plan = await planEmbedded(store, now);
    describe(plan, print);
    await olderRecords(plan, context);
    return 0;
  }
  if (!existsSync(store)) throw new UsageError('Expected a data folder with a store; there is none.');
  const release = await claimDataDir(dataDir);
  try {
    await finishSwap(dataDir);
    const plan = await planEmbedded(store, now);
    describe(plan, print);
    if (plan.migrations.length + (await olderRecords(plan, context)) === 0) return 0;
    // One that goes on was backed up when it began: from what is there now there is no way back.
    if (!plan.migrations.some(({ isUnderWay }) => isUnderWay)) {
      const to = await placeOfBackup(values, context, plan);
      const { encryptionKeys, identitySecret } = await context.secretsOf(dataDir);
      const encryption = createKeyEncryption(encryptionKeys);
      await takeBackup({ dataDir, to, encryption, identitySecret, now, onProgress });
      print(`Backed up to ${to}`);
    }
    await migrateEmbedded(store, now, { onProgress });
    await finish(plan, context);
    return 0;
  } finally {
    await release();
  }
}

async function placeOfBackup(
  { backup }: Values,
  { dataDir, now }: CommandContext,
  { from }: MigrationPlan,
): Promise<string> {
  if (typeof backup === 'string') return path.resolve(backup);
  const folder = path.join(dataDir, 'backups');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return path.join(folder, `schema-${from}-${new Date(now()).toISOString().replaceAll(/[:.]/g, '-')}`);
}

async function runMongo(values: Values, context: CommandContext): Promise<number> {
  const { place, onProgress, print } = context;
  if (place.mongodb === undefined) throw new UsageError('Expected FACET_STORE=mongodb.');
  const connection = await connectMongo(place.mongodb);
  try {
    const plan = await planMongo(connection);
    describe(plan, print);
    const due = plan.migrations.length + (await olderRecords(plan, context));
    if (values['dry-run'] === true || due === 0) return 0;
    if (values['backed-up'] !== true && !plan.migrations.some(({ isUnderWay }) => isUnderWay)) {
      throw new UsageError(
        'There is no way back but a backup. Stop every Facet on this database, take a snapshot of it or mongodump --oplog, and say --backed-up.',
      );
    }
    await migrateMongo(connection, { onProgress });
    await finish(plan, context);
    return 0;
  } finally {
    await connection.close();
  }
}

/** Says how many there are, where the store can be opened already. */
async function olderRecords({ migrations }: MigrationPlan, context: CommandContext): Promise<number> {
  const { place, now, onProgress, print } = context;
  if (migrations.length > 0) return 0;
  const contents = await openContents({ ...place, readOnly: true, now });
  try {
    const count = await countOlderRecords({ contents, onProgress });
    if (count > 0) print(`Records: ${count} of a version before ${RECORD_VERSION}, to be written anew.`);
    return count;
  } finally {
    await contents.close();
  }
}

/** The schema is there: so are the records then. */
async function finish({ to, migrations }: MigrationPlan, context: CommandContext): Promise<void> {
  const { dataDir, place, now, onProgress, print } = context;
  if (migrations.length > 0) print(`Migrated to schema ${to}`);
  const { encryptionKeys } = await context.secretsOf(dataDir);
  const contents = await openContents({ ...place, readOnly: false, now });
  try {
    const written = await migrateRecords({ contents, encryption: createKeyEncryption(encryptionKeys), onProgress });
    if (written > 0) print(`Records written anew as of version ${RECORD_VERSION}: ${written}`);
  } finally {
    await contents.close();
  }
}

function describe({ from, to, migrations }: MigrationPlan, print: (line: string) => void): void {
  if (migrations.length === 0) return print(`Schema ${from}: up to date.`);
  print(`Schema ${from}, to be ${to}:`);
  for (const { to: next, what, entries, isUnderWay } of migrations) {
    const through = entries === null ? '' : `, about ${entries} entries`;
    print(`  ${next - 1} → ${next}  ${what}${through}${isUnderWay ? ' (under way)' : ''}`);
  }
}
