/**
 * deploy/compose.yaml without containers: each of its services as the process its command says, with its environment, on a port of this
 * machine in place of its name. The replica set is the test server, the proxy is left out; neither can be run here.
 */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { parse } from 'yaml';
import { startSimulator } from '../../simulator/simulator';
import type { Simulator } from '../../simulator/simulator';
import { issue, publishKeys } from '../gateway/token-issuer';
import type { TokenIssuer } from '../gateway/token-issuer';
import { findMongoServer, freePort, startMongoServer } from '../store/mongodb-server';
import type { MongoServer } from '../store/mongodb-server';

const ROOT = path.join(__dirname, '..', '..');
const COMPOSE = path.join(ROOT, 'deploy', 'compose.yaml');

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
}
const text = readFileSync(COMPOSE, 'utf8');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const variables = [...text.matchAll(/\$\{(\w+)(?::[-?][^}]*)?\}/g)].map(([, name = '']) => name);
const settings = Object.fromEntries(
  readFileSync(path.join(ROOT, 'deploy', 'compose', 'example.env'), 'utf8')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

describe('deploy/compose.yaml', () => {
  it('is three members, profiles, the sources, two gateways and a proxy, each after what it needs', () => {
    expect(Object.keys(services)).toEqual([
      ...['mongo-1', 'mongo-2', 'mongo-3', 'mongo-init', 'profiles', 'crm', 'commerce', 'analytics', 'support'],
      ...['gateway-1', 'gateway-2', 'proxy'],
    ]);
    const needed = Object.values(services).flatMap(({ depends_on: on = [] }) =>
      on instanceof Array ? on : Object.keys(on),
    );
    expect(needed.filter((name) => services[name] === undefined)).toEqual([]);
    const mounted = Object.values(services).flatMap((service) => service.volumes ?? []);
    for (const [from = ''] of mounted.map((mount) => mount.split(':'))) {
      expect(from.startsWith('.') ? existsSync(path.join(ROOT, 'deploy', from)) : from in volumes).toBe(true);
    }
  });

  it('asks for exactly what the example of its settings has', () => {
    const withDefault = ['HUBSPOT_URL', 'FACET_SENDER_NAMESPACES'];
    expect([...new Set(variables)].filter((name) => !withDefault.includes(name)).toSorted()).toEqual(
      Object.keys(settings).toSorted(),
    );
  });
});

interface Told {
  readonly customerChanged: {
    readonly customer: { readonly consents: ReadonlyArray<{ purpose: string; state: string }> };
  };
}

/** More of them, and how long each took: `FACET_PUSH_ROUNDS=200 npm test -- test/start/compose`. */
const ROUNDS = Number(process.env.FACET_PUSH_ROUNDS ?? 3);

const found = findMongoServer();
const onMongo = found === null ? describe.skip : describe;

onMongo('Its services, as processes', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'facet-compose-'));
  const children: ChildProcess[] = [];
  const ports: Record<string, number> = {};
  let mongo: MongoServer;
  let simulator: Simulator;
  let issuer: TokenIssuer;
  let said = '';

  const started = async (name: string, values: Record<string, string>) => {
    const { command = [], environment = {} } = services[name] ?? {};
    const [program, ...args] = command;
    expect(program).toBe('node');
    const filled = Object.entries(environment).map(([variable, value]) => [variable, fill(value, values)]);
    const env = {
      ...Object.fromEntries(filled),
      FACET_HOST: '127.0.0.1',
      FACET_DATA_DIR: path.join(dataDir, name),
      [name.startsWith('gateway') ? 'PORT' : 'FACET_SUBGRAPH_PORT']: String(ports[name]),
      PATH: path.dirname(process.execPath),
    };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    children.push(child);
    await until(`${name} listening`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
      return (await fetch(`http://127.0.0.1:${ports[name]}/`).catch(() => null)) !== null;
    });
  };
  const fill = (value: string, values: Record<string, string>) =>
    value.startsWith('mongodb://')
      ? mongo.uri('facet_compose')
      : value
          .replace(/\$\{(\w+)(?::-([^}]*)|:\?)?\}/g, (_, name: string, otherwise = '') => values[name] || otherwise)
          .replace(/http:\/\/([a-z]+):4001/g, (_, name: string) => `http://127.0.0.1:${ports[name]}`);

  beforeAll(async () => {
    mongo = await startMongoServer(found as NonNullable<typeof found>, [], { syncs: false });
    simulator = await startSimulator({ customers: 50, dataDir: path.join(dataDir, 'simulator') });
    issuer = await publishKeys();
    const parts = Object.keys(services).filter((name) => services[name]?.command?.[0] === 'node');
    for (const name of parts) ports[name] = await freePort();
    const { hubspot, shopify, posthog, zendesk } = simulator.credentials;
    const secrets = Object.fromEntries(Object.keys(settings).map((name) => [name, randomBytes(32).toString('hex')]));
    const values = {
      ...secrets,
      FACET_PUBLIC_URL: 'https://facet.example',
      FACET_JWKS_URL: String(issuer.url),
      FACET_ISSUER: 'https://issuer.example',
      FACET_AUDIENCE: 'facet',
      FACET_ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
      HUBSPOT_URL: simulator.urls.hubspot,
      HUBSPOT_TOKEN: hubspot.token,
      SHOPIFY_URL: simulator.urls.shopify,
      SHOPIFY_CLIENT_ID: shopify.clientId,
      SHOPIFY_CLIENT_SECRET: shopify.clientSecret,
      POSTHOG_URL: simulator.urls.posthog,
      POSTHOG_PROJECT_ID: posthog.projectId,
      POSTHOG_TOKEN: posthog.token,
      POSTHOG_WEBHOOK_SECRET: posthog.webhookSecret,
      ZENDESK_URL: simulator.urls.zendesk,
      ZENDESK_CLIENT_ID: zendesk.clientId,
      ZENDESK_CLIENT_SECRET: zendesk.clientSecret,
    };
    await started('profiles', values);
    await Promise.all(parts.filter((name) => name !== 'profiles').map((name) => started(name, values)));
  });
  afterAll(async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await simulator?.close();
    await issuer?.close();
    await mongo?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const token = (role: string) =>
    issue({ sub: role, role, scope: 'operations:adhoc', iat: Math.floor(Date.now() / 1000) });
  const ask = async (gateway: string, query: string, purpose: string | null = null) => {
    const answer = await fetch(`http://127.0.0.1:${ports[gateway]}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await token('PRIVACY_OFFICER')}`,
        ...(purpose === null ? {} : { 'x-purpose': purpose }),
      },
      body: JSON.stringify({ query }),
    });
    return (await answer.json()) as { data?: Record<string, unknown>; errors?: unknown };
  };
  const PURPOSE = 'DATA_SUBJECT_RIGHTS';

  /** Somebody whom CRM and shop both know, by the CRM's id: whoever synced first, both have told of this person when all is there. */
  const person = () => {
    const [contact = ''] = simulator.population.examples('crossId')[0]?.hubspotIds ?? [];
    return `customerByIdentity(namespace: "hubspot.contact", value: "${contact}")`;
  };
  interface Person {
    readonly id: string;
    readonly contact: { readonly email: string | null } | null;
    readonly orderCount: number | null;
  }
  const read = async (gateway: string) => {
    const { data, errors } = await ask(
      gateway,
      `{ who: ${person()} { id contact { email } orderCount visitCount openTickets } }`,
      PURPOSE,
    );
    return errors === undefined ? (data?.who as Person | null) : null;
  };
  const synced = () =>
    until('CRM and shop synced', async () => {
      const who = await read('gateway-1');
      return who?.contact?.email && who.orderCount !== null ? who : null;
    });

  it('answer by both gateways, from all four sources', async () => {
    const one = await synced();
    expect(one).toMatchObject({ id: expect.any(String), contact: { email: expect.stringContaining('@') } });
    // What still syncs may come between the two.
    await until('the same at both', async () => isDeepStrictEqual(await read('gateway-2'), await read('gateway-1')));
    for (const name of ['gateway-1', 'gateway-2']) {
      expect((await fetch(`http://127.0.0.1:${ports[name]}/readyz`)).status).toBe(200);
    }
  });

  it('tell, each at its own port, how MongoDB answers them', async () => {
    const metrics = async (name: string) => (await fetch(`http://127.0.0.1:${ports[name]}/metrics`)).text();
    const command = (name: string) => `facet_store_command_duration_seconds_count{command="${name}",outcome="ok"}`;
    const [profiles, crm, gateway] = await Promise.all(['profiles', 'crm', 'gateway-1'].map(metrics));
    expect(profiles).toContain(command('commitTransaction'));
    expect(crm).toContain(command('find'));
    for (const text of [profiles, crm]) expect(text).toMatch(/^facet_store_connections\{state="idle"\} \d+$/m);
    expect(gateway).not.toContain('facet_store_');
  });

  it('push at one gateway what is written through the other', async () => {
    const { id } = await synced();
    const client = createClient({
      url: `ws://127.0.0.1:${ports['gateway-2']}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${await token('PRIVACY_OFFICER')}`, purpose: PURPOSE },
    });
    const stream = client.iterate<Told>({
      query: `subscription { customerChanged(ids: ["${id}"]) { kind customer { consents { purpose state } } } }`,
    });
    const write = async (round: number) => {
      const fields = `customerId: "${id}", purpose: PROFILING`;
      const mutation =
        round % 2 === 0
          ? `recordConsent(input: { ${fields}, action: GRANT, notice: { id: "n", version: "1" }, method: "form" })`
          : `withdrawConsent(input: { ${fields} })`;
      expect((await ask('gateway-1', `mutation { ${mutation} { version } }`)).errors).toBeUndefined();
    };
    // What a sync tells of the customer meanwhile is not what is waited for.
    const pushed = async (state: string) => {
      for (;;) {
        const { value } = (await stream.next()) as { value: { data: Told } };
        const { consents } = value.data.customerChanged.customer;
        if (consents.find(({ purpose }) => purpose === 'PROFILING')?.state === state) return;
      }
    };
    // The first may come before the gateway follows: it is written until it is told of.
    const first = pushed('GRANTED').then(() => true);
    do await write(0);
    while ((await Promise.race([first, pause(1_000)])) !== true);

    const waitedMs: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await write(round);
      const writtenAt = performance.now();
      await pushed(round % 2 === 0 ? 'GRANTED' : 'WITHDRAWN');
      waitedMs.push(performance.now() - writtenAt);
    }
    waitedMs.sort((a, b) => a - b);
    const at = (share: number) => Math.round(waitedMs[Math.floor(share * (ROUNDS - 1))] ?? 0);
    if (ROUNDS > 3) process.stderr.write(`pushed after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`);
    expect(at(0.5)).toBeLessThan(5_000);
    await client.dispose();
  });
});

async function until<Value>(what: string, probe: () => Promise<Value>): Promise<NonNullable<Value>> {
  for (const giveUpAt = Date.now() + 50_000; Date.now() < giveUpAt; await pause(100)) {
    const value = await probe();
    if (value) return value;
  }
  throw new Error(`Expected ${what}, but it did not happen.`);
}
