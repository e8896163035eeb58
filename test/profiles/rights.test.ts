// The rights of a data subject over the real store: who may exercise them, what they answer, and what every source's word is worth then.
import { errorCodeOf } from '../../schema/errors';
import { RECORD_VERSION } from '../../subgraphs/profiles/record-version';
import { openProfiles, contact, privacyOfficer, registry, requester, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let opened: OpenedProfiles;
beforeEach(async () => {
  opened = await openProfiles();
});
afterEach(() => opened.dispose());

const officer = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] } as const;
const grant = { purpose: 'EMAIL_MARKETING', method: 'web' } as const;
const subject = (customerId: string) => ({
  principal: { id: 'subject', role: 'DATA_SUBJECT', scopes: [], customerId } as const,
  purpose: 'DATA_SUBJECT_RIGHTS' as const,
});
const take = async (id = '5'): Promise<string> => {
  const record = contact(id, { email: `${id}@example.com`, name: 'Ann' });
  return (await opened.take('crm', record)).customerIds[0] ?? '';
};
const EVERY_MUTATION = [
  (id: string) => `mutation { exportCustomer(id: "${id}") { customerId } }`,
  (id: string) => `mutation { restrictCustomer(id: "${id}") { customerId } }`,
  (id: string) =>
    `mutation { rectifyCustomer(input: { customerId: "${id}", fields: [{ path: "contact.firstName", value: "Anna" }] }) { customerId } }`,
  (id: string) => `mutation { eraseCustomer(id: "${id}") { customerId } }`,
];

describe('Rights are exercised', () => {
  it.each(EVERY_MUTATION)('by a privacy officer, and by the data subject on the own id', async (mutation) => {
    const [mine, others] = [await take('5'), await take('6')];
    expect((await opened.ask(mutation(others), subject(mine))).codes).toEqual(['ROLE_NOT_ENTITLED']);
    expect((await opened.ask(mutation(mine), subject(mine))).codes).toEqual([]);
    expect((await opened.ask(mutation(others), privacyOfficer)).codes).toEqual([]);
  });

  it.each(EVERY_MUTATION)('by nobody else', async (mutation) => {
    const id = await take();
    for (const role of ['RENDERER', 'ANALYST', 'SUPPORT_AGENT', 'ADMIN'] as const) {
      const policy = { principal: { id: 'someone', role, scopes: [], customerId: id } };
      expect((await opened.ask(mutation(id), policy)).codes).toEqual(['ROLE_NOT_ENTITLED']);
    }
    expect(await opened.profile(id)).toMatchObject({ status: 'ACTIVE', version: 1 });
  });

  it.each(EVERY_MUTATION)('on nobody who is unknown', async (mutation) => {
    expect((await opened.ask(mutation('nobody'))).codes).toEqual(['CUSTOMER_UNKNOWN']);
  });

  it.each(EVERY_MUTATION.slice(0, 3))('on nobody who was erased', async (mutation) => {
    const id = await take();
    await opened.ask(`mutation { eraseCustomer(id: "${id}") { customerId } }`);
    expect((await opened.ask(mutation(id))).codes).toEqual(['CUSTOMER_UNKNOWN']);
  });
});

it('No consent is recorded of who was erased, and no unsubscribe: there is nothing left that it could be about', async () => {
  const id = await take();
  const link = opened.links.unsubscribe(id);
  const { token } = await opened.commands.request(officer, { customerId: id, ...grant });
  await opened.ask(`mutation { eraseCustomer(id: "${id}") { customerId } }`);
  const before = [await opened.profile(id), await opened.ledger(id)];
  const codeOf = (promise: Promise<unknown>) => promise.then(() => 'taken', errorCodeOf);
  expect([
    await codeOf(opened.commands.record(officer, { customerId: id, action: 'GRANT', ...grant })),
    await codeOf(opened.commands.record(officer, { customerId: id, action: 'OBJECT', ...grant })),
    await codeOf(opened.commands.request(officer, { customerId: id, ...grant })),
    await codeOf(opened.commands.confirm(token)),
    (
      await opened.imports.import(officer, [
        { customerId: id, action: 'GRANT', ...grant, occurredAt: '2025-12-01T09:00:00Z' },
      ])
    ).refused[0]?.code,
    await codeOf(opened.suppressions.unsubscribe(link)),
  ]).toEqual([...Array<string>(5).fill('CUSTOMER_UNKNOWN'), 'taken']);
  expect([await opened.profile(id), await opened.ledger(id)]).toEqual(before);
});

describe('restrictCustomer', () => {
  const restrict = (id: string, restricted = true) =>
    opened.ask(`mutation { restrictCustomer(id: "${id}", restricted: ${restricted}) { customerId status version } }`);

  it('leaves the data subject’s rights and nothing else, until it is lifted', async () => {
    const id = await take();
    expect((await restrict(id)).data).toEqual({
      restrictCustomer: { customerId: id, status: 'RESTRICTED', version: 2 },
    });
    const query = `{ customer(id: "${id}") { identities { value } } }`;
    const essential = { purpose: 'ESSENTIAL_SERVICE' } as const;
    expect((await opened.ask(query, essential)).data).toEqual({ customer: { identities: null } });
    expect((await opened.ask(query)).data).toMatchObject({ customer: { identities: [{ value: '5' }, {}] } });
    expect((await restrict(id, false)).data).toMatchObject({ restrictCustomer: { status: 'ACTIVE', version: 3 } });
    expect((await opened.ask(query, essential)).data).toMatchObject({ customer: { identities: [{ value: '5' }, {}] } });
  });

  it('changes nothing when it is so already, and outlasts what a source says', async () => {
    const id = await take();
    await restrict(id);
    expect((await restrict(id)).data).toMatchObject({ restrictCustomer: { version: 2 } });
    await opened.take('crm', contact('5', { version: 9, name: 'Anna' }));
    expect((await opened.profile(id)).status).toBe('RESTRICTED');
  });
});

describe('rectifyCustomer', () => {
  const rectify = (id: string, ...fields: Array<[string, string | null]>) => {
    const list = fields.map(([path, value]) => `{ path: "${path}", value: ${JSON.stringify(value)} }`).join(', ');
    return opened.ask(
      `mutation { rectifyCustomer(input: { customerId: "${id}", fields: [${list}] }) { customerId status version } }`,
    );
  };

  it('keeps the person’s word beside the source’s, as a mapping would write it, and takes it back', async () => {
    const id = await take();
    const answer = await rectify(id, ['contact.firstName', ' Anna '], ['contact.email', 'ANNA@example.com']);
    expect(answer.data).toEqual({ rectifyCustomer: { customerId: id, status: 'ACTIVE', version: 2 } });
    expect(await opened.stored(id, 'rectified/crm')).toEqual({
      contact: { firstName: 'Anna', email: 'anna@example.com' },
    });
    expect(await opened.stored(id, 'crm')).toEqual({ contact: { firstName: 'Ann', email: '5@example.com' } });
    await opened.take('crm', contact('5', { version: 9, name: 'Annette' }));
    expect(await opened.stored(id, 'rectified/crm')).toMatchObject({ contact: { firstName: 'Anna' } });
    await rectify(id, ['contact.firstName', null]);
    expect(await opened.stored(id, 'rectified/crm')).toEqual({ contact: { email: 'anna@example.com' } });
    expect((await opened.changes()).at(-1)).toMatchObject({ kind: 'UPDATED', changedFields: ['contact'] });
  });

  it('counts for decisions: country and age are what the person says', async () => {
    const minor = contact('5', { facts: { country: 'US', birthDate: '2015-01-01' } });
    const [id = ''] = (await opened.take('crm', minor)).customerIds;
    const found = async (jurisdiction: string) =>
      (await opened.ask(`{ searchCustomers(filter: { jurisdiction: ${jurisdiction} }) { edges { node { id } } } }`))
        .data;
    expect(await found('US')).toEqual({ searchCustomers: { edges: [{ node: { id } }] } });
    await rectify(id, ['address.country', 'DE'], ['birthDate', '1990-05-04']);
    expect(await found('US')).toEqual({ searchCustomers: { edges: [] } });
    expect(await found('EU')).toEqual({ searchCustomers: { edges: [{ node: { id } }] } });
    expect((await opened.profile(id)).facts['rectified/profiles']).toMatchObject({ adultFrom: '2008-05-04' });
  });

  it.each([
    ['a field that cannot be rectified', 'engagement.score', '9'],
    ['a field of a source that does not know the person', 'cart.checkoutUrl', 'https://shop.example/'],
    ['a date that is none', 'birthDate', '2001-02-30'],
    ['a country that is none', 'address.country', 'Germany'],
    ['an address that is none', 'contact.email', 'nobody'],
    ['an empty text', 'contact.firstName', '  '],
  ])('refuses %s, and writes nothing', async (_what, fieldPath, value) => {
    const id = await take();
    expect((await rectify(id, ['contact.firstName', 'Anna'], [fieldPath, value])).codes).toEqual(['BAD_USER_INPUT']);
    expect(await opened.stored(id, 'rectified/crm')).toBeNull();
    expect((await opened.profile(id)).version).toBe(1);
  });

  it('follows the person when two customers turn out to be one', async () => {
    const id = await take('5');
    await rectify(id, ['contact.firstName', 'Anna']);
    const [other = ''] = (await opened.take('commerce', shopper('9'))).customerIds;
    await opened.take(
      'support',
      requester('3', {
        ids: [
          ['shopify.customer', '9'],
          ['hubspot.contact', '5'],
        ],
      }),
    );
    const survivor = (await opened.profile(other)).id;
    expect((await opened.profile(id)).id).toBe(survivor);
    expect(await opened.stored(survivor, 'rectified/crm')).toEqual({ contact: { firstName: 'Anna' } });
  });
});

describe('exportCustomer', () => {
  const exported = async (id: string) => {
    const { data } = await opened.ask(
      `mutation { exportCustomer(id: "${id}") { customerId status version schemaVersion exportedAt document } }`,
    );
    const { document, ...rest } = (data as { exportCustomer: { document: string; exportedAt: string } }).exportCustomer;
    return { ...rest, document: JSON.parse(document) as Record<string, unknown> };
  };

  it('is one document over all sources, each part with where it comes from and how old it is', async () => {
    const id = await take();
    await opened.take('commerce', shopper('9', { ids: [['hubspot.contact', '5']], version: 7 }));
    const { document, ...rest } = await exported(id);
    expect(rest).toEqual({
      customerId: id,
      status: 'ACTIVE',
      version: 2,
      schemaVersion: 2,
      exportedAt: new Date(opened.clock.now).toISOString(),
    });
    const provenance = { found: true, fetchedAt: rest.exportedAt, recordSchemaVersion: RECORD_VERSION };
    expect(document).toMatchObject({
      schemaVersion: 2,
      customer: { id, status: 'ACTIVE', version: 2 },
      withheld: [],
      records: [
        {
          ...{ ...provenance, source: 'crm', sourceId: '5', changedAt: '1970-01-01T00:00:00.001Z' },
          data: { NAME: { contact: { firstName: 'Ann' } }, CONTACT: { contact: { email: '5@example.com' } } },
        },
        { ...provenance, source: 'commerce', sourceId: '9', changedAt: '1970-01-01T00:00:00.007Z', data: {} },
        { source: 'profiles', data: { IDENTIFIER: {}, CONTACT: {}, DERIVED: {} } },
      ],
    });
  });

  it('holds what was rectified and the whole ledger of consent, and is itself in the audit trail', async () => {
    const id = await take();
    await opened.ask(
      `mutation { rectifyCustomer(input: { customerId: "${id}", fields: [{ path: "contact.firstName", value: "Anna" }] }) { version } }`,
    );
    await opened.ask(
      `mutation { recordConsent(input: { customerId: "${id}", purpose: EMAIL_MARKETING, action: OBJECT, notice: { id: "n", version: "1" }, method: "phone" }) { version } }`,
    );
    const { document } = await exported(id);
    expect(document.records).toContainEqual(
      expect.objectContaining({ source: 'rectified/crm', data: { NAME: { contact: { firstName: 'Anna' } } } }),
    );
    expect(document.consents).toMatchObject({ events: [{ action: 'OBJECT' }], states: [{ state: 'OBJECTED' }] });
    const trail = (await opened.store.findAudit({ chainId: 'profiles', limit: 99 })).map(({ text }) => text);
    expect(trail.map((text) => (JSON.parse(text) as { action: string }).action)).toEqual(
      expect.arrayContaining(['rectifyCustomer', 'exportCustomer']),
    );
    expect(trail.join('\n')).not.toContain('Anna');
  });

  it('tells why mails are stopped: by the hash of which address, since when, and by whose word', async () => {
    const id = await take();
    await opened.take(
      'commerce',
      shopper('9', { ids: [['hubspot.contact', '5']], facts: { country: 'DE', suppressions: ['COMPLAINT'] } }),
    );
    const { document: before } = await exported(id);
    expect(before.suppressions).toEqual({
      unsubscribed: false,
      addresses: [],
      toldBySources: [{ source: 'commerce', reason: 'COMPLAINT' }],
    });
    expect(before.facts).toEqual([
      { source: 'crm', country: null, adultFrom: null },
      { source: 'commerce', country: 'DE', adultFrom: null },
    ]);
    await opened.suppressions.unsubscribe(opened.links.unsubscribe(id));
    const at = new Date(opened.clock.now).toISOString();
    expect((await exported(id)).document.suppressions).toEqual({
      unsubscribed: true,
      addresses: [
        {
          addressKey: registry.keyOf({ namespace: 'email', value: '5@example.com' }).key,
          ...{ reason: 'UNSUBSCRIBED', occurredAt: at, recordedAt: at, actor: 'link' },
        },
      ],
      toldBySources: [{ source: 'commerce', reason: 'COMPLAINT' }],
    });
  });
});

describe('eraseCustomer', () => {
  it('answers the state, the version, what is done and what is pending, and so does `erasure` later', async () => {
    const id = await take();
    const fields =
      'customerId status version requestedAt dueAt completedAt publicKey receipts { source outcome until } pending { source failures lastFailure }';
    const at = new Date(opened.clock.now).toISOString();
    const expected = {
      customerId: id,
      status: 'ERASED',
      version: 2,
      requestedAt: at,
      dueAt: new Date(opened.clock.now + 30 * 86_400_000).toISOString(),
      completedAt: null,
      publicKey: expect.stringContaining('BEGIN PUBLIC KEY'),
      receipts: [{ source: 'profiles', outcome: 'ERASED', until: null }],
      pending: [{ source: 'crm', failures: 0, lastFailure: null }],
    };
    expect(await opened.ask(`{ erasure(id: "${id}") { status } }`)).toEqual({ data: { erasure: null }, codes: [] });
    const { data } = await opened.ask(`mutation { eraseCustomer(id: "${id}") { ${fields} } }`);
    expect(data).toEqual({ eraseCustomer: expected });
    expect((await opened.ask(`{ erasure(id: "${id}") { ${fields} } }`)).data).toEqual({ erasure: expected });
    expect((await opened.ask(`{ erasure(id: "${id}") { status } }`, subject('another'))).codes).toEqual([
      'ROLE_NOT_ENTITLED',
    ]);
  });
});
