import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RequestPolicy } from '../../schema/request-policy';
import { crm } from '../../subgraphs/crm';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { Source } from '../../subgraphs/source';
import { startSubgraphs } from '../../subgraphs/start';
import type { Subgraphs } from '../../subgraphs/start';
import { contact } from '../profiles/opened-profiles';

let folder: string;
let store: ProfileStore;
let subgraphs: Subgraphs;
let id: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'facet-policy-'));
  store = await openEmbeddedStore({ path: path.join(folder, 'store'), now: Date.now });
  subgraphs = startSubgraphs({
    sources: [crm as Source],
    settings: { HUBSPOT_URL: 'http://127.0.0.1:1', HUBSPOT_TOKEN: 'unused' },
    store,
    secrets: {
      encryptionKeys: [],
      signing: 'signing secret of the tests',
      maskKey: 'mask',
      identity: { version: 1, value: 'identity' },
    },
    senderNamespaces: [],
    subgraphTimeoutMs: 800,
    now: Date.now,
    onTrouble: () => {},
  });
  const records = [contact('1', { email: 'ada@example.com', name: 'Ada' })];
  await subgraphs.syncs[0]?.ingest({ source: 'crm', records, fetchedAt: Date.now() });
  id = (await store.listProfiles({ limit: 1 }))[0]?.id ?? '';
});
afterAll(async () => {
  await subgraphs.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const VOUCHED: RequestPolicy = {
  principal: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] },
  purpose: 'DATA_SUBJECT_RIGHTS',
  maxAgeSeconds: 300,
  deadlineAt: Date.now() + 60_000,
  requestId: 'vouched',
};
const ask = async (subgraph: string, query: string, policy?: RequestPolicy, variables = {}) =>
  JSON.parse(JSON.stringify((await subgraphs.endpoints[subgraph]?.({ query, variables }, policy))?.data)) as unknown;

describe('A subgraph that is asked without a verified policy', () => {
  const entity = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { contact { email } } } }';
  const sourceKeys = [{ source: 'crm', key: '1' }];

  it('answers nothing classified, whatever `access` a representation claims', async () => {
    const access = (await ask('profiles', `{ customer(id: "${id}") { access } }`, VOUCHED)) as {
      customer: { access: string };
    };
    const r = [{ __typename: 'Customer', id, access: access.customer.access, sourceKeys }];
    expect(await ask('crm', entity, VOUCHED, { r })).toEqual({
      _entities: [{ contact: { email: 'ada@example.com' } }],
    });
    expect(await ask('crm', entity, undefined, { r })).toEqual({ _entities: [{ contact: { email: null } }] });
  });

  it('tells profiles nothing but the id', async () => {
    const query = `{ customer(id: "${id}") { id consents { state } identities { value } } }`;
    expect(await ask('profiles', query)).toEqual({ customer: { id, consents: null, identities: null } });
    expect(await ask('profiles', '{ customer(id: "x") { id } }')).toEqual({ customer: null });
  });
});
