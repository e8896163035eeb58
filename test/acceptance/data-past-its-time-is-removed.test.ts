// What is past the time its category is kept leaves by itself, and a vendor that still has it does not bring it back.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

const ROOT = path.join(__dirname, '..', '..');
const DAY_MS = 86_400_000;

let facet: RunningFacet;
let id: string;
beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

const QUERY = `query ($id: ID!) { customer(id: $id) {
  contact { email } cart { checkoutUrl } recentlyViewed { viewedAt } orders(first: 100) { edges { node { placedAt } } } consents { purpose }
} }`;
interface Read {
  contact: { email: string | null };
  cart: { checkoutUrl: string } | null;
  recentlyViewed: unknown[] | null;
  orders: { edges: Array<{ node: { placedAt: string } }> };
  consents: unknown[];
}
let token: () => Promise<string>;
const ask = async (query: string) => {
  const bearer = await token();
  const { body } = await facet.graphql(query, { bearer, purpose: 'DATA_SUBJECT_RIGHTS', variables: { id } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data ?? {};
};
const read = async () => (await ask(QUERY)).customer as Read;
const retentions = async () => {
  const filter = `{ kind: ADMINISTRATION, customerId: "${id}" }`;
  const { auditTrail } = await ask(
    `{ auditTrail(first: 100, filter: ${filter}) { entries { action actor details } } }`,
  );
  return (auditTrail as { entries: Array<{ action: string }> }).entries.filter(({ action }) => action === 'retention');
};
beforeAll(() => {
  token = () => facet.issue({ subject: 'officer', role: 'PRIVACY_OFFICER', scopes: ['operations:adhoc'] });
});

it('Before, everything is there, and nothing is to be removed', async () => {
  const before = await read();
  expect(before.cart).not.toBeNull();
  expect(before.orders.edges).not.toEqual([]);
  expect(await retentions()).toEqual([]);
});

it('After 26 months carts and views are gone by themselves, and the audit trail says so', async () => {
  facet.advance(800 * DAY_MS);
  // It is counted when everybody was looked at.
  let text = '';
  while (!/^facet_retention_removed_total.+ [1-9]/m.test(text)) {
    await pause(100);
    ({ text } = (await facet.fetch('/metrics')).body as { text: string });
  }
  expect(await retentions()).toEqual([
    expect.objectContaining({ actor: 'facet', details: expect.stringContaining('"BEHAVIOUR":') }),
  ]);
  expect(text).toMatch(/^facet_retention_removed_total\{category="BEHAVIOUR"\} [1-9]\d*$/m);
  expect(text).toMatch(/^facet_retention_swept_timestamp_seconds \d/m);
});

it('They do not come back, though the shop still has them and is asked', async () => {
  const keptFrom = new Date(Date.now() + 800 * DAY_MS - 1_095 * DAY_MS).toISOString();
  await facet.forget();
  const after = await read();
  expect(await facet.asked('shopify')).not.toEqual([]);
  expect([after.cart, after.recentlyViewed ?? []]).toEqual([null, []]);
  expect(after.orders.edges.every(({ node }) => node.placedAt >= keptFrom)).toBe(true);
  // What is not past its time is answered as ever.
  expect(after.contact.email).toContain('@');
  expect(after.consents).not.toEqual([]);
});

it('The command says how long what is kept, and that nothing is left to remove', async () => {
  const program = path.join(ROOT, 'dist', 'deploy', 'retention', 'main.js');
  const stdout = await new Promise<string>((resolve, reject) => {
    const env = { PATH: process.env.PATH, FACET_DATA_DIR: facet.dataDir, ...facet.storeEnvironment };
    execFile(process.execPath, [program], { cwd: ROOT, env }, (error, text) => (error ? reject(error) : resolve(text)));
  });
  expect(stdout).toMatch(/BEHAVIOUR +760/);
  expect(stdout).toMatch(/Of \d+ stored customers the next sweep removes: nothing\./);
});
