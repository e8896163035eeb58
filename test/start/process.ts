/** `npm start`, or `npm run gateway`, as a process of its own, on free ports and in a data folder of its own. Needs dist/, which `npm test` builds first. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const DIST = path.join(__dirname, '..', '..', 'dist');

export interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when a condition holds; fails when the process ends before, or after 30 s. */
  until<Value>(what: string, probe: () => Value | Promise<Value>): Promise<NonNullable<Value>>;
  /** Ends the process and answers its exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
}

export function startProcess(
  dataDir: string,
  environment: Record<string, string> = {},
  folder: 'deploy' | 'gateway' = 'deploy',
): Started {
  const child = spawn(process.execPath, [path.join(DIST, folder, 'main.js')], {
    env: { PATH: process.env.PATH, PORT: '0', FACET_DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    until: async (what, probe) => {
      for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; await pause(25)) {
        const value = await probe();
        if (value) return value;
        if (child.exitCode !== null || child.signalCode !== null) break;
      }
      throw new Error(`Expected ${what}, but it did not happen.\n${output.stdout}\n${output.stderr}`);
    },
    end: (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}

export function readJson<Value>(file: string): Value | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Value) : null;
}
