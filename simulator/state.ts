/**
 * What survives a restart: how the population was made, the changes made to it since, and the credentials. Every file is
 * replaced atomically (write beside, flush, rename), so that kill -9 leaves the old one or the new one, never half.
 * Without a directory all of it stays in memory.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createCredentials, type Credentials } from './credentials';
import type { RecordChange } from './vendor';

interface Saved {
  seed: number;
  customers: number;
  epochMs: number;
  /** In the order they were made; of each record and property the latest only. */
  changes: RecordChange[];
}

/** The simulator's durable state. */
export interface State {
  seed: number;
  customers: number;
  epochMs: number;
  credentials: Credentials;
  /** Changes of earlier runs, to be made again on the fresh population. */
  changes(): readonly RecordChange[];
  /** Remembers a change; durable when it returns. */
  record(change: RecordChange): void;
}

/**
 * Opens the state, making it on first use.
 * Errors: throws when the directory holds another population than the one asked for, because its changes would land on
 * other people; throws on unreadable files.
 */
export function openState(options: {
  dataDir?: string | undefined;
  customers?: number | undefined;
  seed?: number | undefined;
  now: () => number;
}): State {
  const { dataDir, customers, seed, now } = options;
  const kept = dataDir === undefined ? undefined : read<Saved>(path.join(dataDir, 'state.json'));
  if (dataDir !== undefined && kept) {
    refuseOther({ name: 'customers', kept: kept.customers, asked: customers, dataDir });
    refuseOther({ name: 'seed', kept: kept.seed, asked: seed, dataDir });
  }
  const saved: Saved = kept ?? { seed: seed ?? 42, customers: customers ?? 1000, epochMs: now(), changes: [] };
  const save = (): void => {
    if (dataDir !== undefined) replace({ file: path.join(dataDir, 'state.json'), content: saved });
  };
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  if (!kept) save();
  return {
    seed: saved.seed,
    customers: saved.customers,
    epochMs: saved.epochMs,
    credentials: openCredentials(dataDir),
    changes: () => saved.changes,
    record: (change) => {
      saved.changes = [...saved.changes.flatMap((earlier) => withoutOverridden({ earlier, change })), change];
      save();
    },
  };
}

/** What remains of an earlier change: it keeps its own time, which some properties show (Shopify's marketingUpdatedAt). */
function withoutOverridden(options: { earlier: RecordChange; change: RecordChange }): RecordChange[] {
  const { earlier, change } = options;
  if (earlier.vendor !== change.vendor || earlier.id !== change.id) return [earlier];
  if (change.removed) return [];
  const rest = Object.entries(earlier.properties).filter(([name]) => !Object.hasOwn(change.properties, name));
  return rest.length === 0 ? [] : [{ ...earlier, properties: Object.fromEntries(rest) }];
}

function openCredentials(dataDir: string | undefined): Credentials {
  if (dataDir === undefined) return createCredentials();
  const file = path.join(dataDir, 'credentials.json');
  const kept = read<Partial<Credentials>>(file);
  const credentials = createCredentials(kept);
  if (!isDeepStrictEqual(kept, credentials)) replace({ file, content: credentials });
  return credentials;
}

function refuseOther(options: { name: string; kept: number; asked: number | undefined; dataDir: string }): void {
  const { name, kept, asked, dataDir } = options;
  if (asked === undefined || asked === kept) return;
  throw new Error(
    `${name}: expected ${kept}, as in the population kept in ${dataDir}, but got ${asked}; ask for the same or delete the directory`,
  );
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file}: expected readable JSON, but got ${(error as Error).message}`);
  }
}

function replace(options: { file: string; content: unknown }): void {
  const beside = `${options.file}.new`;
  // Everything here is ours alone: changes hold personal data, if only of invented people.
  const handle = openSync(beside, 'w', 0o600);
  try {
    writeSync(handle, JSON.stringify(options.content));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, options.file);
}
