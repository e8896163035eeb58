import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { signPolicy } from '../../schema/policy-header';
import type { RequestPolicy } from '../../schema/request-policy';
import { sources } from '../../subgraphs/sources';
import { readJson, startProcess } from './process';
import type { Started } from './process';

interface Endpoints {
  gateway: string;
  simulator: { hubspot: string; shopify: string };
  subgraphs: { profiles: string; crm: string; commerce: string };
}

jest.setTimeout(60_000);

let dataDir: string;
let facet: Started;
let endpoints: Endpoints;
let tokens: Record<string, string>;
let id: string;

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'facet-distributed-'));
  facet = startProcess(dataDir, { FACET_MODE: 'distributed', SIMULATOR_CUSTOMERS: '100' });
  await facet.until('ready', () => /^ready$/m.test(facet.stdout()));
  endpoints = readJson<Endpoints>(path.join(dataDir, 'endpoints.json')) as Endpoints;
  tokens = readJson<Record<string, string>>(path.join(dataDir, 'dev-credentials.json')) as Record<string, string>;
  id = /customers\/(01\w+)/.exec(facet.stdout())?.[1] ?? '';
}, 60_000);
afterAll(async () => {
  await facet.end('SIGTERM');
  expect(processes()).toEqual({});
  rmSync(dataDir, { recursive: true, force: true });
});

/** The processes of this Facet below the start: name → process id. Read off /proc, so that nothing of the product is asked. */
function processes(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!environment.includes(`FACET_DATA_DIR=${dataDir}`)) continue;
      const subgraph = environment.find((entry) => entry.startsWith('FACET_SUBGRAPH='))?.split('=')[1];
      const name = environment.some((entry) => entry.startsWith('SUPERGRAPH_FILE=')) ? 'gateway' : subgraph;
      if (name !== undefined) found[name] = Number(pid);
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

const ask = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Record<string, unknown> };
};
const template = () =>
  ask(`${endpoints.gateway}/v1/templates/order-follow-up/customers/${id}`, {
    headers: { authorization: `Bearer ${tokens.renderer}` },
  });
const graphql = (query: string, as: string, purpose?: string) =>
  ask(`${endpoints.gateway}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${tokens[as]}`,
      ...(purpose === undefined ? {} : { 'x-purpose': purpose }),
    },
    body: JSON.stringify({ query }),
  });

describe('Every part as a process of its own', () => {
  it('answers as one process does', async () => {
    expect(Object.keys(processes()).toSorted()).toEqual(
      ['gateway', 'profiles', ...sources.map(({ name }) => name)].toSorted(),
    );
    const { status, body } = await template();
    expect(status).toBe(200);
    expect(body).toEqual({
      contact: { firstName: expect.any(String), email: expect.stringContaining('@') },
      address: { city: expect.any(String), country: expect.any(String) },
      lastOrder: expect.objectContaining({ id: expect.any(String) }),
      send: true,
      _facet: { reason: null, withheld: [], masked: [], stale: [], consentVersion: expect.any(Number) },
    });
  });

  it('is effective on the next read when consent is withdrawn', async () => {
    const cart = () =>
      ask(`${endpoints.gateway}/v1/templates/abandoned-cart/customers/${id}`, {
        headers: { authorization: `Bearer ${tokens.renderer}` },
      });
    expect((await cart()).body.send).toBe(true);
    await graphql(
      `mutation { withdrawConsent(input: { customerId: "${id}", purpose: EMAIL_MARKETING }) { version } }`,
      'privacyOfficer',
    );
    expect((await cart()).body).toEqual({ send: false, _facet: expect.any(Object) });
  });

  const policy: RequestPolicy = {
    principal: { id: 'somebody', role: 'PRIVACY_OFFICER', scopes: [] },
    purpose: 'DATA_SUBJECT_RIGHTS',
    maxAgeSeconds: 300,
    deadlineAt: Date.now() + 10_000,
    requestId: 'forged',
  };
  const body = '{"query":"{ __typename }","variables":{}}';
  const forged = (scope: Partial<Parameters<typeof signPolicy>[1]>) =>
    signPolicy(policy, { subgraph: 'crm', key: 'x'.repeat(43), body, now: Date.now(), ...scope });
  const none = () => {
    const [, payload] = forged({}).split('.');
    return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  };
  const headers: Array<[string, () => string | undefined]> = [
    ['no header', () => undefined],
    ['garbage', () => 'garbage'],
    ['a key that is not the gateway’s', () => forged({})],
    ['another subgraph’s', () => forged({ subgraph: 'commerce' })],
    ['one that is expired', () => forged({ now: Date.now() - 60_000 })],
    ['one for another body', () => forged({ body: `${body} ` })],
    ['alg none', none],
    [
      'a signature of nothing',
      () => `${forged({}).split('.').slice(0, 2).join('.')}.${createHmac('sha256', '').digest('base64url')}`,
    ],
  ];
  it.each(headers)('refuses %s with 401 at every port, and at the door of profiles', async (_what, make) => {
    const header = make();
    const urls = [
      ...Object.values(endpoints.subgraphs),
      endpoints.subgraphs.profiles.replace('/graphql', '/door/crm'),
      endpoints.subgraphs.crm.replace('/graphql', '/webhook'),
    ];
    for (const url of urls) {
      const answer = await ask(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(header === undefined ? {} : { 'x-facet-policy': header }) },
        body,
      });
      expect({ url, status: answer.status, body: answer.body }).toEqual({
        url,
        status: 401,
        body: { errors: [{ message: expect.any(String), extensions: { code: 'SUBGRAPH_UNAUTHENTICATED' } }] },
      });
    }
  });

  it('leaves the others answering when one is killed, and is whole again when that one is back', async () => {
    const query = `{ customer(id: "${id}") { contact { firstName } orderCount } }`;
    const killed = processes().crm ?? 0;
    process.kill(killed, 'SIGKILL');
    const down = await facet.until('an answer without the CRM', async () => {
      const { body: answer } = await graphql(query, 'renderer', 'ESSENTIAL_SERVICE');
      return (answer.errors as unknown[] | undefined) === undefined ? null : answer;
    });
    expect(down).toEqual({
      data: { customer: { contact: null, orderCount: expect.any(Number) } },
      errors: [
        expect.objectContaining({
          extensions: { code: expect.stringMatching(/^SUBGRAPH_(UNAVAILABLE|TIMEOUT)$/), serviceName: 'crm' },
        }),
      ],
    });
    const back = await facet.until('the CRM back', async () => {
      const { body: answer } = await graphql(query, 'renderer', 'ESSENTIAL_SERVICE');
      return answer.errors === undefined ? answer : null;
    });
    expect(back).toEqual({
      data: { customer: { contact: { firstName: expect.any(String) }, orderCount: expect.any(Number) } },
    });
    expect(processes().crm).not.toBe(killed);
    const told = facet
      .stderr()
      .split('\n')
      .filter((line) => line.includes('process ended'));
    expect(told.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ source: 'crm', reason: 'SIGKILL', durationMs: 500 }),
    ]);
  });

  it('gives a source no other’s credentials', () => {
    const { crm, gateway } = processes();
    const variables = (pid: number | undefined) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .map((entry) => entry.split('=')[0] ?? '');
    expect(variables(crm).filter((name) => /^(HUBSPOT|SHOPIFY|POSTHOG|ZENDESK)_/.test(name))).toEqual([
      'HUBSPOT_URL',
      'HUBSPOT_TOKEN',
      'HUBSPOT_WEBHOOK_SECRET',
    ]);
    expect(
      variables(gateway).filter((name) => /^(HUBSPOT|SHOPIFY|POSTHOG|ZENDESK)_|IDENTITY|MASK|DOOR/.test(name)),
    ).toEqual([]);
  });

  it('serves a changed supergraph at once, and goes on telling who subscribed before', async () => {
    const client = createClient({
      url: `${endpoints.gateway.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: false,
      connectionParams: { authorization: `Bearer ${tokens.renderer}`, purpose: 'ESSENTIAL_SERVICE' },
    });
    const stream = client.iterate({
      query: 'subscription ($ids: [ID!]) { customerChanged(ids: $ids) { customer { id orderCount } } }',
      variables: { ids: [id] },
    });
    const next = stream.next();
    const file = path.join(dataDir, 'supergraph.graphql');
    const original = readFileSync(file, 'utf8');
    const replace = (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    const asked = () => graphql(`{ customer(id: "${id}") { orderCount } }`, 'renderer', 'ESSENTIAL_SERVICE');
    try {
      expect((await asked()).body.errors).toBeUndefined();
      replace(original.replace(/(orderCount: \S+ @)/, '$1inaccessible @'));
      await facet.until('the field gone', async () =>
        JSON.stringify((await asked()).body).includes('VALIDATION_FAILED'),
      );
      await graphql(
        `mutation { recordConsent(input: { customerId: "${id}", purpose: PROFILING, action: GRANT, notice: { id: "n", version: "1" }, method: "form" }) { version } }`,
        'privacyOfficer',
      );
      expect((await next).value).toEqual({
        data: { customerChanged: { customer: { id, orderCount: expect.any(Number) } } },
      });
    } finally {
      replace(original);
      await client.dispose();
    }
    await facet.until('the field back', async () => (await asked()).body.errors === undefined);
  });

  it('has a gateway again, ready at its old address, when that is killed', async () => {
    const killed = processes().gateway ?? 0;
    process.kill(killed, 'SIGKILL');
    await facet.until('another gateway, ready', async () => {
      const { gateway } = processes();
      if (gateway === undefined || gateway === killed) return false;
      return fetch(`${endpoints.gateway}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    });
    expect((await template()).status).toBe(200);
  });

  it('leaves no process behind when the parent is killed', async () => {
    const other = mkdtempSync(path.join(tmpdir(), 'facet-distributed-'));
    const parent = startProcess(other, { FACET_MODE: 'distributed', SIMULATOR_CUSTOMERS: '50' });
    await parent.until('listening', () => readJson(path.join(other, 'endpoints.json')));
    await parent.end('SIGKILL');
    const survivors = () =>
      readdirSync('/proc').filter((entry) => {
        try {
          return (
            /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/environ`, 'utf8').includes(`FACET_DATA_DIR=${other}`)
          );
        } catch {
          return false;
        }
      });
    await facet.until('all children ended', () => survivors().length === 0);
    rmSync(other, { recursive: true, force: true });
  });
});
