/**
 * A backup, a restore or a migration in a process of its own, which ends in the midst of it.
 *
 * node --require ../store/typescript.cjs killed.ts backup|restore|migrate DATA BACKUP NUMBER    killed at the step of this number, whose name it says
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { migrateEmbedded } from '../../subgraphs/profiles/store/embedded.migrations';
import { AT, backUp, restoreTo } from './data-folder';

const WORKS = {
  backup: (dataDir: string, backupDir: string, onStep: (step: string) => void) =>
    backUp(dataDir, backupDir, { onStep }),
  restore: (dataDir: string, backupDir: string, onStep: (step: string) => void) =>
    restoreTo(dataDir, backupDir, dataDir, { onStep }),
  migrate: (dataDir: string, _backupDir: string, onStep: (step: string) => void) =>
    migrateEmbedded(path.join(dataDir, 'store'), () => AT, { onStep }),
};
type Work = keyof typeof WORKS;

/** Answers at which step it ended; null where it has fewer. */
export async function killAt(number: number, work: Work, dataDir: string, backupDir = ''): Promise<string | null> {
  const args = ['--require', path.join(__dirname, '../store/typescript.cjs'), __filename];
  const child = spawn(process.execPath, [...args, work, dataDir, backupDir, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [code, signal]] = (await Promise.all([text(child.stdout), once(child, 'exit')])) as [
    string,
    [number | null, string | null],
  ];
  if (signal === null && code !== 0)
    throw new Error(`Expected ${work} to be killed or to be through; it ended with ${code}.`);
  return signal === 'SIGKILL' ? said : null;
}

if (require.main === module) {
  const [work = '', dataDir = '', backupDir = '', number = ''] = process.argv.slice(2);
  let count = 0;
  void WORKS[work as Work](dataDir, backupDir, (step) => {
    if (++count !== Number(number)) return;
    writeSync(1, step);
    process.kill(process.pid, 'SIGKILL');
  });
}
