/** Child processes of a benchmark: started on a core of their own, awaited until they listen, ended with it. Must not measure. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { cpus } from 'node:os';

/** What is measured runs alone on the first core, everything else on the second. */
export type Core = 'measured' | 'other';

export interface Child {
  readonly pid: number;
  /** What it printed that says where it listens. */
  readonly line: string;
}

export interface Children {
  /** Whether processes keep to their cores here. */
  readonly pinned: boolean;
  /** Resolves when its output matches `until` or, where that is a port, when somebody listens there. Errors: it ends before. */
  start(options: {
    readonly name: string;
    readonly command: readonly [string, ...string[]];
    readonly environment: Readonly<Record<string, string>>;
    readonly core: Core;
    readonly until: RegExp | number;
  }): Promise<Child>;
  /** Moves the calling process, for what is measured in it. */
  moveTo(core: Core): void;
  stop(): Promise<void>;
}

const LISTEN_MS = 120_000;
const STOP_MS = 3_000;
const POLL_MS = 100;

/** Pins the calling process to the other core, too. */
export function createChildren(): Children {
  const running: ChildProcess[] = [];
  const pinned = pin(process.pid, 'other');
  return {
    pinned,
    async start({ name, command, environment, core, until }) {
      const [program, ...args] = pinned ? (['taskset', '-c', coreNumber(core), ...command] as const) : command;
      const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
      running.push(child);
      const ended = new Promise<never>((_resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened.`)));
      });
      // Nobody may be waiting any more when it ends.
      ended.catch(() => undefined);
      const listening = typeof until === 'number' ? somebodyListens(until) : printed(child, until);
      const line = await Promise.race([listening, ended]);
      return { pid: child.pid ?? 0, line };
    },
    moveTo: (core) => void pin(process.pid, core),
    async stop() {
      await Promise.all(
        running.splice(0).map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = new Promise((resolve) => child.once('exit', resolve));
          child.kill();
          // Not every gateway ends when it is asked to.
          const cut = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
          await gone;
          clearTimeout(cut);
        }),
      );
    },
  };
}

function pin(pid: number, core: Core): boolean {
  if (cpus().length < 2) return false;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', coreNumber(core), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function coreNumber(core: Core): string {
  return core === 'measured' ? '0' : '1';
}

function printed(child: ChildProcess, until: RegExp): Promise<string> {
  let output = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = until.exec(output);
      if (match) resolve(match[1] ?? match[0]);
    });
  });
}

async function somebodyListens(port: number): Promise<string> {
  for (const giveUpAt = Date.now() + LISTEN_MS; Date.now() < giveUpAt;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return `http://127.0.0.1:${port}`;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`Expected somebody to listen on port ${port}.`);
}
