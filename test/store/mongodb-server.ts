/**
 * A MongoDB server to test against: `MONGODB_TEST_URI`, else a `mongod` on the PATH, started as a replica set of one, else SecantusDB (a test
 * tool that speaks MongoDB's protocol; README). None of them: `null`, and a line that says how to have one.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';

export interface MongoServer {
  /** Connection string of a database of this server. */
  uri(database: string): string;
  dropDatabase(name: string): Promise<void>;
  /** Ends it as a crash would, and starts it again on its port and its data. Not with `MONGODB_TEST_URI`. */
  crash(): Promise<{ restart(): Promise<void> }>;
  stop(): Promise<void>;
}

type Kind =
  { readonly kind: 'given'; readonly uri: string } | { readonly kind: 'mongod' | 'secantus'; readonly file: string };

const HOW_TO =
  'Skipped: tests on a MongoDB server. Set MONGODB_TEST_URI to a replica set, put mongod on the PATH, or ' +
  '`python3 -m venv DIR && DIR/bin/pip install SecantusDB==0.7.0b3 && PATH=DIR/bin:$PATH npm test`.\n';

/** What there is here, without starting it. */
export function findMongoServer(): Kind | null {
  const given = process.env.MONGODB_TEST_URI;
  if (given !== undefined && given !== '') return { kind: 'given', uri: given };
  const found = (
    [
      ['mongod', 'mongod'],
      ['secantus', 'secantusd-py'],
    ] as const
  ).flatMap(([kind, name]) =>
    (process.env.PATH ?? '')
      .split(path.delimiter)
      .map((folder) => path.join(folder, name))
      .filter((file) => existsSync(file))
      .map((file) => ({ kind, file })),
  );
  if (found[0] === undefined) process.stderr.write(HOW_TO);
  return found[0] ?? null;
}

/** `flags`: more arguments of SecantusDB's, for what only it can show. `syncs`: false where it is never killed, and shall be quick. */
export async function startMongoServer(
  found: Kind,
  flags: readonly string[] = [],
  { syncs = true }: { readonly syncs?: boolean } = {},
): Promise<MongoServer> {
  if (found.kind === 'given') return given(found.uri);
  const folder = await mkdtemp(path.join(tmpdir(), 'facet-mongodb-'));
  const port = await freePort();
  const own = ['--port', String(port)];
  const args =
    found.kind === 'mongod'
      ? ['--dbpath', folder, '--replSet', 'facet', '--bind_ip', '127.0.0.1', ...own]
      : [
          '--storage-path',
          folder,
          '--host',
          '127.0.0.1',
          ...(syncs ? ['--sync-on-commit'] : []),
          '--enable-test-commands',
          ...own,
          ...flags,
        ];
  let child = spawn(found.file, args, { stdio: 'ignore' });
  const uri = (database: string) => `mongodb://127.0.0.1:${port}/${database}?directConnection=true`;
  const server = { uri, dropDatabase: (name: string) => dropDatabase(uri(name)) };
  try {
    await answers(uri('admin'), child, found.kind === 'mongod' ? `127.0.0.1:${port}` : null);
  } catch (error) {
    await ended(child, 'SIGKILL');
    throw error;
  }
  return {
    ...server,
    crash: async () => {
      await ended(child, 'SIGKILL');
      return {
        restart: async () => {
          child = spawn(found.file, args, { stdio: 'ignore' });
          await answers(uri('admin'), child, null);
        },
      };
    },
    stop: async () => {
      await ended(child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function given(text: string): MongoServer {
  const [, start = '', query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(text) ?? [];
  const uri = (database: string) => `${start}/${database}${query}`;
  return {
    uri,
    dropDatabase: (name) => dropDatabase(uri(name)),
    crash: () => Promise.reject(new Error('Expected a server of our own to end.')),
    stop: async () => {},
  };
}

/** Resolves when the server takes writes; the driver itself waits for it. `newMember`: of a replica set that is still to be made. */
async function answers(uri: string, child: ChildProcess, newMember: string | null): Promise<void> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 20_000 });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Expected a MongoDB server; it ended with ${code}.`)));
  });
  // Looked at only while it starts.
  failed.catch(() => undefined);
  try {
    const started = async () => {
      await client.connect();
      const admin = client.db('admin');
      if (newMember !== null) {
        await admin.command({ replSetInitiate: { _id: 'facet', members: [{ _id: 0, host: newMember }] } });
      }
      while ((await admin.command({ hello: 1 })).isWritablePrimary !== true) await new Promise(setImmediate);
    };
    await Promise.race([started(), failed]);
  } finally {
    await client.close();
  }
}

async function dropDatabase(uri: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
