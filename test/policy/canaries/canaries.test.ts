import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { inProcessTransport } from '../../../gateway/execute/fetch';
import { openGraph } from '../../../gateway/graph';
import { createLogger } from '../../../gateway/log';
import { composeSupergraph } from '../../../gateway/supergraph';
import { decide, PURPOSES, ROLES } from '../../../schema/policy';
import type { DataCategory, Purpose, Role } from '../../../schema/policy';
import type { Principal } from '../../../schema/request-policy';
import { openStore } from '../../../subgraphs/profiles/store/open-store';
import type { ProfileStore } from '../../../subgraphs/profiles/store/store';
import { subjectStateOf } from '../../../subgraphs/profiles/subject';
import { sources } from '../../../subgraphs/sources';
import { startSubgraphs } from '../../../subgraphs/start';
import type { Subgraphs } from '../../../subgraphs/start';
import { startGatewayOver } from '../../gateway/started-gateway';
import type { StartedGateway } from '../../gateway/started-gateway';
import { canaries, EVERYTHING, FRAGMENTS, planted } from './planted';

let dataDir: string;
let store: ProfileStore;
let subgraphs: Subgraphs;
let gateway: StartedGateway;
let id: string;
const logged: string[] = [];

const DEAD = 'http://127.0.0.1:1';
const SETTINGS = {
  HUBSPOT_URL: DEAD,
  HUBSPOT_TOKEN: 'unused',
  SHOPIFY_URL: DEAD,
  SHOPIFY_CLIENT_ID: 'unused',
  SHOPIFY_CLIENT_SECRET: 'unused',
  POSTHOG_URL: DEAD,
  POSTHOG_PROJECT_ID: '1',
  POSTHOG_TOKEN: 'unused',
  ZENDESK_URL: DEAD,
  ZENDESK_CLIENT_ID: 'unused',
  ZENDESK_CLIENT_SECRET: 'unused',
};

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'facet-canaries-'));
  store = await openStore({ dataDir, encryptionKeys: [Buffer.alloc(32, 7).toString('base64')], now: Date.now });
  subgraphs = startSubgraphs({
    sources,
    settings: SETTINGS,
    store,
    secrets: {
      maskKey: 'mask',
      encryptionKeys: [],
      identity: { version: 1, value: 'identity' },
      signing: Buffer.alloc(32, 5).toString('base64url'),
    },
    senderNamespaces: ['canary.same_person'],
    subgraphTimeoutMs: 2_000,
    now: Date.now,
    onTrouble: () => {},
  });
  for (const { source, ingest } of subgraphs.syncs) {
    const record = planted[source];
    const other = {
      ...planted.crm,
      sourceId: 'other',
      identities: [],
      categories: { NAME: { contact: { firstName: 'Other' } } },
    };
    await ingest({ source, records: record === undefined ? [] : [record], fetchedAt: Date.now() });
    if (source === 'crm') {
      const identities = [{ namespace: 'hubspot.contact', value: 'other', verified: true }];
      await ingest({ source, records: [{ ...other, identities } as never], fetchedAt: Date.now() });
    }
  }
  const log = createLogger({
    level: 'debug',
    destination: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged.push(chunk.toString());
        done();
      },
    }),
  });
  const graph = await openGraph({
    supergraphSdl: composeSupergraph(
      subgraphs.contracts.map(({ name, sdl }) => ({ name, sdl, url: `in-process:${name}` })),
    ),
    transports: Object.fromEntries(
      Object.entries(subgraphs.endpoints).map(([name, endpoint]) => [name, inProcessTransport(endpoint)]),
    ),
    subgraphTimeoutMs: 2_000,
    templatesDir: path.join(__dirname, '..', '..', '..', 'schema', 'templates'),
    profile: 'development',
    sandbox: null,
    log,
  });
  gateway = await startGatewayOver(graph, {
    log,
    // The tests say who they are.
    authenticate: (authorization) => Promise.resolve(principalOf((authorization ?? '').replace('Bearer ', '') as Role)),
  });
  const found = await store.findCustomerIds([
    subgraphs.registry.keyOf({ namespace: 'canary.same_person', value: 'one' }),
  ]);
  id = found[0]?.[0] ?? '';
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await subgraphs.close();
  await store.close();
  await rm(dataDir, { recursive: true });
});

const principalOf = (role: Role): Principal => ({
  id: `who-${role}`,
  role,
  scopes: ['operations:adhoc', 'policy:explain', 'schema:read'],
  ...(role === 'DATA_SUBJECT' ? { customerId: id } : {}),
});

/** Everything a client gets of a request: status, headers, body. */
const exchange = async (pathname: string, role: Role, init: { purpose?: Purpose | null; body?: unknown } = {}) => {
  const { purpose = null, body } = init;
  const response = await fetch(gateway.url.replace('/graphql', pathname), {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${role}`,
      ...(purpose === null ? {} : { 'x-purpose': purpose }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
};

/** The ways to one person's fields. */
const waysTo = (customerId: string): Record<string, unknown> => ({
  plain: {
    query: `query ($id: ID!) { customer(id: $id) { ${EVERYTHING} } } ${FRAGMENTS}`,
    variables: { id: customerId },
  },
  aliased: {
    query: `query ($id: ID!) { id: customer(id: $id) { access: id sourceKeys: contact { id: email code: phone } ...All } } fragment All on Customer { ${EVERYTHING} } ${FRAGMENTS}`,
    variables: { id: customerId },
  },
  'one of many': {
    query: `query ($ids: [ID!]!) { customers(ids: $ids) { ... on Customer { ${EVERYTHING} } } } ${FRAGMENTS}`,
    variables: { ids: ['nobody', customerId] },
  },
  strict: {
    query: `query ($id: ID!) { customer(id: $id) { ${EVERYTHING} } } ${FRAGMENTS}`,
    variables: { id: customerId },
    extensions: { privacy: { strict: true } },
  },
  'beside an error': {
    query: `query ($id: ID!) { customer(id: $id) { ${EVERYTHING} wrong: tickets(first: 1, after: "garbage") { edges { node { id } } } } } ${FRAGMENTS}`,
    variables: { id: customerId },
  },
});

const found = (text: string, which: (category: DataCategory) => boolean) =>
  canaries.filter(({ value, category }) => which(category) && text.includes(value)).map(({ value }) => value);

describe('A planted value', () => {
  it('stands in every classified field', () => {
    expect(canaries.length).toBeGreaterThanOrEqual(40);
    expect(new Set(canaries.map(({ value }) => value)).size).toBe(canaries.length);
  });

  it('is answered where it may be seen: the search can find it', async () => {
    const text = await exchange('/graphql', 'PRIVACY_OFFICER', {
      purpose: 'DATA_SUBJECT_RIGHTS',
      body: waysTo(id).plain,
    });
    expect(canaries.filter(({ value }) => !text.includes(value))).toEqual([]);
  });

  it.each(ROLES.flatMap((role) => [null, ...PURPOSES].map((purpose) => [role, purpose] as const)))(
    'never leaves by any way when %s must not see it for %s',
    async (role, purpose) => {
      const [profile] = await store.findProfiles([id]);
      const state = profile ? subjectStateOf(profile, Date.now()) : null;
      const isHidden = (category: DataCategory) =>
        decide(principalOf(role), purpose, id, state, category).verdict !== 'CLEAR';
      for (const [way, body] of Object.entries(waysTo(id))) {
        const text = await exchange('/graphql', role, { purpose, body });
        expect({ way, leaked: found(text, isHidden) }).toEqual({ way, leaked: [] });
      }
    },
  );

  it.each(['abandoned-cart', 'order-follow-up', 'win-back'])(
    'is in no answer of template %s that says “not sent”',
    async (name) => {
      const text = await exchange(`/v1/templates/${name}/customers/${id}`, 'RENDERER');
      if (text.includes('"send":false')) expect(found(text, () => true)).toEqual([]);
      else expect(text).toMatch(/"send":true|"code":/);
    },
  );

  it('is in nobody else’s answer', async () => {
    const [ids] = await store.findCustomerIds([
      subgraphs.registry.keyOf({ namespace: 'hubspot.contact', value: 'other' }),
    ]);
    const other = ids?.[0] ?? '';
    expect(other).not.toBe(id);
    for (const body of Object.values(waysTo(other))) {
      const text = await exchange('/graphql', 'PRIVACY_OFFICER', { purpose: 'DATA_SUBJECT_RIGHTS', body });
      expect(text).toContain('Other');
      expect(found(text, () => true)).toEqual([]);
    }
  });

  it('is in no log line, no metric, and no file of the store', async () => {
    const metrics = await exchange('/metrics', 'ADMIN');
    expect(found(logged.join(''), () => true)).toEqual([]);
    expect(logged.length).toBeGreaterThan(50);
    expect(found(metrics, () => true)).toEqual([]);
    // Source ids are the index's keys: without them no webhook would find its customer.
    const atRest = (category: DataCategory) => category !== 'IDENTIFIER';
    const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const bytes = await readFile(path.join(entry.parentPath, entry.name));
      expect({ file: entry.name, holds: found(bytes.toString('latin1'), atRest) }).toEqual({
        file: entry.name,
        holds: [],
      });
    }
  });
});
