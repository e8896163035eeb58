/** How each gateway and yardstick is started for the measured graph. Must not measure. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Children } from '../child';
import type { Server } from '../rounds';
import { contractsAt, inFederation1, SUBGRAPHS, supergraphOf } from './contracts';
import { expectedOf } from './operations';
import type { Operation } from './operations';

/** Where the compiled code is, and the folder of the peers' start files, which are not compiled. */
export interface Places {
  readonly dist: string;
  readonly peers: string;
  /** For what is written for one run. */
  readonly scratch: string;
  readonly searchPath: string;
}

/** Any other gateway: its command, in which `{supergraph}` stands for the file, and the port it listens on. */
export interface Extra {
  readonly name: string;
  readonly cmd: readonly [string, ...string[]];
  readonly port: number;
}

export interface MeasuredGraph {
  readonly urls: Readonly<Record<string, string>>;
  readonly supergraphFile: string;
  readonly servicesFile: string;
}

export const PEERS = ['hive-router-runtime', 'hive-default', 'apollo-gateway', 'mercurius'] as const;

export async function startSubgraphs(
  children: Children,
  { dist, scratch, searchPath }: Places,
): Promise<MeasuredGraph> {
  const program = path.join(dist, 'bench', 'gateways', 'subgraphs', 'main.js');
  const { line } = await children.start({
    name: 'The subgraphs',
    command: [process.execPath, program],
    environment: { PATH: searchPath },
    core: 'other',
    until: /^\{.*\}$/m,
  });
  const urls = JSON.parse(line) as Record<string, string>;
  const contracts = contractsAt(urls);
  const supergraphFile = path.join(scratch, 'supergraph.graphql');
  const servicesFile = path.join(scratch, 'services.json');
  writeFileSync(supergraphFile, supergraphOf(contracts));
  writeFileSync(servicesFile, JSON.stringify(inFederation1(contracts)));
  return { urls, supergraphFile, servicesFile };
}

/** With the header it signs for every subgraph, as in front of Facet's own. Answers the token its clients send, too. */
export async function startFacetGateway(
  children: Children,
  places: Places,
  graph: MeasuredGraph,
  { nodeFlags = [], name = 'facet' }: { nodeFlags?: readonly string[]; name?: string } = {},
): Promise<{ server: Server; token: string }> {
  const dataDir = path.join(places.scratch, name);
  const key = () => randomBytes(32).toString('base64url');
  const { pid, line } = await children.start({
    name,
    command: [process.execPath, ...nodeFlags, path.join(places.dist, 'gateway', 'main.js')],
    environment: {
      PATH: places.searchPath,
      NODE_ENV: 'production',
      PORT: '0',
      SUPERGRAPH_FILE: graph.supergraphFile,
      FACET_DATA_DIR: dataDir,
      FACET_POLICY_KEYS: JSON.stringify(Object.fromEntries(SUBGRAPHS.map((subgraph) => [subgraph, key()]))),
    },
    core: 'measured',
    until: /^ *gateway +(http:\S+)[^]*^ready$/m,
  });
  const credentials = readFileSync(path.join(dataDir, 'dev-credentials.json'), 'utf8');
  const { renderer = '' } = JSON.parse(credentials) as Record<string, string>;
  return { server: one(name, line, pid), token: renderer };
}

export async function startPeer(
  children: Children,
  { peers, searchPath }: Places,
  { supergraphFile, servicesFile }: MeasuredGraph,
  name: (typeof PEERS)[number],
): Promise<Server> {
  const { pid, line } = await children.start({
    name,
    command: [process.execPath, path.join(peers, `${name}.mjs`)],
    environment: {
      PATH: searchPath,
      NODE_ENV: 'production',
      PORT: '0',
      SUPERGRAPH_FILE: supergraphFile,
      SERVICES_FILE: servicesFile,
    },
    core: 'measured',
    until: /^http:\S+$/m,
  });
  return one(name, line, pid);
}

export async function startExtra(
  children: Children,
  { searchPath }: Places,
  { supergraphFile }: MeasuredGraph,
  { name, cmd, port }: Extra,
): Promise<Server> {
  const [program, ...args] = cmd.map((word) => word.replaceAll('{supergraph}', supergraphFile));
  const { pid, line } = await children.start({
    name,
    command: [program ?? '', ...args],
    environment: { PATH: searchPath, SUPERGRAPH_FILE: supergraphFile, PORT: String(port) },
    core: 'measured',
    until: port,
  });
  return one(name, line, pid);
}

/** `answers`: what it answers to request n. */
export async function startRaw(
  children: Children,
  { dist, scratch, searchPath }: Places,
  name: string,
  answers: readonly string[],
): Promise<Server> {
  const file = path.join(scratch, `${name.replaceAll(/\W/g, '-')}.answers`);
  writeFileSync(file, answers.join('\n'));
  const { pid, line } = await children.start({
    name,
    command: [process.execPath, path.join(dist, 'bench', 'raw', 'main.js'), file],
    environment: { PATH: searchPath },
    core: 'measured',
    until: /^http:\S+$/m,
  });
  return one(name, line, pid);
}

export async function startFanOut(
  children: Children,
  { dist, searchPath }: Places,
  { urls }: MeasuredGraph,
  operation: 'one' | 'hundred',
): Promise<Server> {
  const { pid, line } = await children.start({
    name: 'fan-out',
    command: [
      process.execPath,
      path.join(dist, 'bench', 'gateways', 'fan-out', 'main.js'),
      operation,
      JSON.stringify(urls),
    ],
    environment: { PATH: searchPath },
    core: 'measured',
    until: /^http:\S+$/m,
  });
  return one('fan-out', line, pid);
}

export function answersOf(operation: Operation): string[] {
  return Array.from({ length: operation.distinct }, (_, n) => JSON.stringify(expectedOf(operation, n)));
}

function one(name: string, url: string, pid: number): Server {
  return { name, url, processes: { front: [pid], all: [pid] } };
}
