/**
 * One Facet per data folder: a second one would write the same store and the same files. The claim is a file that holds the
 * process's id; one whose process is gone, after a crash, is taken over.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Errors: throws when a running process holds the folder. Answers how to let go of it. */
export async function claimDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = path.join(dataDir, 'facet.pid');
  const holder = await readFile(file, 'utf8').then(Number, () => Number.NaN);
  if (holder !== process.pid && isRunning(holder)) {
    throw new Error(`${dataDir} is in use by another Facet (process ${holder}); stop it, or set FACET_DATA_DIR.`);
  }
  await writeFile(file, `${process.pid}\n`);
  return () => rm(file, { force: true });
}

/** Signal 0 only asks. */
function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
