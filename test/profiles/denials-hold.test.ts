/** What stops mail, and what is to be erased, holds whichever way it came to be known: by rectification, a merge, or a record that is gone. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createErasures } from '../../subgraphs/profiles/erase/erasures';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { createProfilesRequest } from '../../subgraphs/profiles/request';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import { contact, openProfiles, policyOf, registry, requester, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let opened: OpenedProfiles;
let folder: string;
beforeEach(async () => {
  opened = await openProfiles();
  folder = await mkdtemp(path.join(tmpdir(), 'facet-denials-'));
});
afterEach(async () => {
  await opened.dispose();
  await rm(folder, { recursive: true });
});
const officer = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] } as const;
const grant = { purpose: 'EMAIL_MARKETING', method: 'web' } as const;
const refer = (id: string) =>
  createProfilesRequest({
    store: opened.store,
    links: opened.links,
    policy: policyOf(),
    now: opened.clock.now,
  }).referTo(id);
const mailed = async (id: string, topic: string | null = null) => (await refer(id).contact(topic)).permitted;
const ann = async (facts = {}) =>
  (await opened.take('crm', contact('5', { email: 'a@example.com', name: 'Ann', facts: { country: 'DE', ...facts } })))
    .customerIds[0] ?? '';
const keyOf = (n: number) => Buffer.alloc(32, n).toString('base64');

it('an address that was rectified is held to the suppression list', async () => {
  const id = await ann();
  await opened.commands.record(officer, { customerId: id, action: 'GRANT', ...grant });
  await opened.rights.rectifyCustomer(officer, id, [{ path: 'contact.email', value: 'b@example.com' }]);
  await opened.suppressions.import(officer, [{ email: 'b@example.com', reason: 'HARD_BOUNCE' }]);
  expect(await mailed(id)).toBe(false);
});
it('an address that was rectified is suppressed and kept out after an erasure', async () => {
  const id = await ann();
  await opened.rights.rectifyCustomer(officer, id, [{ path: 'contact.email', value: 'b@example.com' }]);
  await opened.erasures.begin(officer, id);
  expect((await opened.take('crm', contact('6', { email: 'b@example.com' }))).customerIds).toEqual(['']);
});
it('erasure destroys the data key of whoever was merged in', async () => {
  const store = await openStore({ dataDir: folder, encryptionKeys: [keyOf(7)] });
  const o = { registry, sources: [{ name: 'crm' }, { name: 'commerce' }, { name: 'support' }], now: Date.now };
  const ingest = createIngest({ ...o, store });
  const put = async (source: string, record: ReturnType<typeof contact>) =>
    (await ingest({ source, records: [record], fetchedAt: Date.now() })).customerIds[0] ?? '';
  const a = await put('crm', contact('50', { name: 'Ann Canary' }));
  const b = await put('commerce', shopper('51', { name: 'Ann Canary' }));
  const copy = path.join(folder, 'copy');
  await cp(path.join(folder, 'store'), path.join(copy, 'store'), { recursive: true });
  await put(
    'support',
    requester('52', {
      ids: [
        ['shopify.customer', '51'],
        ['hubspot.contact', '50'],
      ],
    }),
  );
  await createErasures({ ...o, store, sources: ['crm', 'commerce', 'support'], signing: createSigning('x') }).begin(
    officer,
    a,
  );
  await store.close();
  await cp(path.join(folder, 'keys'), path.join(copy, 'keys'), { recursive: true });
  const restored = await openStore({ dataDir: copy, encryptionKeys: [keyOf(7)] });
  const read = async (customerId: string, source: string) => {
    const [record] = await restored.findRecords([{ customerId, source }]);
    try {
      return String(record?.blobs.NAME);
    } catch {
      return 'does not open';
    }
  };
  const found = [await read(a, 'crm'), await read(b, 'commerce')];
  await restored.close();
  expect(found).toEqual(['does not open', 'does not open']);
});
it('a minor by rectification stays one after a merge', async () => {
  const a = (await opened.take('commerce', shopper('51', { facts: { country: 'DE' } }))).customerIds[0] ?? '';
  const b = (await opened.take('crm', contact('50', { facts: { country: 'DE' } }))).customerIds[0] ?? '';
  await opened.rights.rectifyCustomer(officer, a, [{ path: 'cart.checkoutUrl', value: 'https://x.example' }]);
  await opened.rights.rectifyCustomer(officer, b, [{ path: 'birthDate', value: '2015-01-01' }]);
  await opened.take(
    'support',
    requester('52', {
      ids: [
        ['shopify.customer', '51'],
        ['hubspot.contact', '50'],
      ],
    }),
  );
  expect((await refer((await opened.profile(b)).id).state())?.minor).toBe(true);
});
it('a minor stays one when the record that told it is gone', async () => {
  const id = await ann({ birthDate: '2012-01-01' });
  await opened.take(
    'commerce',
    shopper('9', { email: 'a@example.com', ids: [['hubspot.contact', '5']], facts: { country: 'DE' } }),
  );
  await opened.commands.record(officer, { customerId: id, action: 'GRANT', ...grant });
  opened.clock.now += 1_000;
  await opened.takeBatch({ source: 'crm', absent: ['5'] });
  expect(await mailed(id)).toBe(false);
});
