/**
 * Puts a restored store in the place of the one that is there. It is built in `restoring/`; that it is named `restored/` is the moment at which
 * it counts. A process killed before leaves the old store; killed after, the next one to open the folder goes on. Must not look into files.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { facetError } from '../../../schema/errors';
import { exists, flush } from './manifest';

/** Of a data folder, what a backup holds and a restore replaces. The store last: where it is new, all is. */
export const RESTORED_FOLDERS = ['keys', 'audit', 'store'] as const;

export const BUILT = 'restoring';
const COUNTS = 'restored';
/** What was there before. */
export const REPLACED = 'replaced';

/** Errors: BAD_REQUEST while what an earlier restore replaced still lies there. */
export async function beginSwap(dataDir: string): Promise<string> {
  if (await exists(path.join(dataDir, REPLACED))) {
    throw facetError(
      'BAD_REQUEST',
      `Expected no folder ${REPLACED} in the data folder: it is what an earlier restore replaced, personal data included. Remove it first.`,
    );
  }
  const built = path.join(dataDir, BUILT);
  await rm(built, { recursive: true, force: true });
  await mkdir(built, { recursive: true, mode: 0o700 });
  return built;
}

/** From here on the restored store is the store. */
export async function commitSwap(dataDir: string): Promise<void> {
  const built = path.join(dataDir, BUILT);
  for (const folder of await foldersBelow(built)) await flush(folder);
  await rename(built, path.join(dataDir, COUNTS));
  await flush(dataDir);
}

export async function isSwapOpen(dataDir: string): Promise<boolean> {
  return exists(path.join(dataDir, COUNTS));
}

/** Goes on with a swap that counts, wherever it stands; nothing where there is none. `onStep` is told of each folder that is in place. */
export async function finishSwap(dataDir: string, onStep?: (folder: string) => void | Promise<void>): Promise<void> {
  const restored = path.join(dataDir, COUNTS);
  if (!(await exists(restored))) return;
  const replaced = path.join(dataDir, REPLACED);
  await mkdir(replaced, { recursive: true, mode: 0o700 });
  for (const name of RESTORED_FOLDERS) {
    // Not there any more: it is in its place already.
    if (!(await exists(path.join(restored, name)))) continue;
    const place = path.join(dataDir, name);
    if (await exists(place)) await rename(place, path.join(replaced, name));
    await rename(path.join(restored, name), place);
    await onStep?.(name);
  }
  await flush(dataDir);
  await rm(restored, { recursive: true });
}

async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => foldersBelow(path.join(folder, name))),
  );
  return [...below.flat(), folder];
}
