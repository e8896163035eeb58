/** `store migrate`: brings a store to the schema of this Facet, after a backup. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { migrateEmbedded, planEmbedded } from '../../subgraphs/profiles/store/embedded.migrations';
import type { MigrationPlan } from '../../subgraphs/profiles/store/migration';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import { migrateMongo, planMongo } from '../../subgraphs/profiles/store/mongodb.migrations';
import { takeBackup } from '../../subgraphs/profiles/transfer/backup';
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
until then. The way back is the backup: store restore, with the Facet of before.`,
  options: { 'dry-run': { type: 'boolean' }, backup: { type: 'string' }, 'backed-up': { type: 'boolean' } },
  run: (values, context) =>
    context.place.mongodb === undefined ? runEmbedded(values, context) : runMongo(values, context),
};

async function runEmbedded(values: Values, context: CommandContext): Promise<number> {
  const { dataDir, now, onProgress, print } = context;
  const store = path.join(dataDir, 'store');
  if (values['dry-run'] === true) {
    describe(await planEmbedded(store, now), print);
    return 0;
  }
  if (!existsSync(store)) throw new UsageError('Expected a data folder with a store; there is none.');
  const release = await claimDataDir(dataDir);
  try {
    await finishSwap(dataDir);
    const plan = await planEmbedded(store, now);
    describe(plan, print);
    if (plan.migrations.length === 0) return 0;
    // One that goes on was backed up when it began: from what is there now there is no way back.
    if (!plan.migrations.some(({ isUnderWay }) => isUnderWay)) {
      const to = await placeOfBackup(values, context, plan);
      const { encryptionKeys, identitySecret } = await context.secretsOf(dataDir);
      const encryption = createKeyEncryption(encryptionKeys);
      await takeBackup({ dataDir, to, encryption, identitySecret, now, onProgress });
      print(`Backed up to ${to}`);
    }
    await migrateEmbedded(store, now, { onProgress });
    print(`Migrated to schema ${plan.to}`);
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

async function runMongo(values: Values, { place, onProgress, print }: CommandContext): Promise<number> {
  if (place.mongodb === undefined) throw new UsageError('Expected FACET_STORE=mongodb.');
  const connection = await connectMongo(place.mongodb);
  try {
    const plan = await planMongo(connection);
    describe(plan, print);
    if (values['dry-run'] === true || plan.migrations.length === 0) return 0;
    if (values['backed-up'] !== true && !plan.migrations.some(({ isUnderWay }) => isUnderWay)) {
      throw new UsageError(
        'There is no way back but a backup. Stop every Facet on this database, take a snapshot of it or mongodump --oplog, and say --backed-up.',
      );
    }
    await migrateMongo(connection, { onProgress });
    print(`Migrated to schema ${plan.to}`);
    return 0;
  } finally {
    await connection.close();
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
