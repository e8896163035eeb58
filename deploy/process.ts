/**
 * A part of a deployment as a process: started, and started again on its port when it ends, until it is told to stop. None leaves the
 * parent's process group. Must not know which part it is.
 */
import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import path from 'node:path';

export interface Process {
  /** Where it listens; the same after every restart. */
  readonly url: string;
  readonly pid: () => number | undefined;
  send(message: Serializable): void;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  /** For messages to the operator. */
  readonly name: string;
  /** The program's file. */
  readonly program: string;
  /** All of its environment but the port. */
  readonly environment: Readonly<Record<string, string>>;
  /** The variable that names its port. */
  readonly portVariable: string;
  /** The port of the first start; 0: a free one. */
  readonly port: number;
  readonly onMessage: (message: unknown) => void;
  /** It listens, for the first time or again. */
  readonly onListening?: () => void;
  /** It ended by itself, by an exit code or a signal, and is started again after `waitMs`. */
  readonly onEnded: (ended: { readonly how: string; readonly waitMs: number }) => void;
}

/** Before the first restart; doubled for each that did not come to listen. */
const RESTART_MS = 500;
const MAX_RESTART_MS = 30_000;
const STOP_MS = 13_000;

/** Resolves when the process says where it listens. Errors: it ends before that. */
export async function startProcess(options: ProcessOptions): Promise<Process> {
  const { name, program, environment, portVariable, onMessage } = options;
  let child: ChildProcess | undefined;
  let stopping = false;
  let port = String(options.port);
  let listened = false;
  let restartMs = RESTART_MS;

  const run = () =>
    new Promise<string>((resolve, reject) => {
      const started = fork(program, [], {
        env: { PATH: path.dirname(process.execPath), ...environment, [portVariable]: port },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child = started;
      started.on('message', (message: { kind?: unknown; url?: unknown }) => {
        onMessage(message);
        if (message.kind !== 'listening' || typeof message.url !== 'string') return;
        restartMs = RESTART_MS;
        resolve(message.url);
        options.onListening?.();
      });
      started.once('error', reject);
      started.once('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        reject(new Error(`${name} ended with ${how} before it listened.`));
        if (stopping || !listened) return;
        options.onEnded({ how, waitMs: restartMs });
        setTimeout(() => stopping || void run().catch(() => undefined), restartMs);
        restartMs = Math.min(2 * restartMs, MAX_RESTART_MS);
      });
    });
  const url = await run();
  ({ port } = new URL(url));
  listened = true;
  return {
    url,
    pid: () => child?.pid,
    send: (message) => {
      if (child?.connected === true) child.send(message);
    },
    stop: async () => {
      stopping = true;
      const last = child;
      if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        const cut = setTimeout(() => last.kill('SIGKILL'), STOP_MS);
        last.once('exit', () => {
          clearTimeout(cut);
          resolve();
        });
        last.kill('SIGTERM');
      });
    },
  };
}
