/** The one door through which a source's records enter: who they belong to, what they change, and what they must never change. */
import { errorCodeOf } from '../../schema/errors';
import { consent, contact, NOW, openProfiles, requester, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let opened: OpenedProfiles;
beforeEach(async () => {
  opened = await openProfiles();
});
afterEach(() => opened.dispose());

const keysOf = async (id: string | undefined) =>
  (await opened.profile(id)).sourceKeys.map(({ source, key }) => `${source} ${key}`);

describe('Records of two sources become one customer', () => {
  it('when one names the other’s id, whichever comes first', async () => {
    const [first] = (await opened.take('crm', contact('5'))).customerIds;
    const [joined] = (await opened.take('commerce', shopper('9', { ids: [['hubspot.contact', '5']] }))).customerIds;
    expect(joined).toBe(first);

    const [early] = (await opened.take('commerce', shopper('19', { ids: [['hubspot.contact', '15']] }))).customerIds;
    const [late] = (await opened.take('crm', contact('15'))).customerIds;
    expect([late, await keysOf(first), await keysOf(early)]).toEqual([
      early,
      ['commerce 9', 'crm 5'],
      ['commerce 19', 'crm 15'],
    ]);
  });

  it('in one batch as in two', async () => {
    const { customerIds } = await opened.take(
      'crm',
      contact('5', { ids: [['shopify.customer', '9']] }),
      contact('6', { ids: [['zendesk.user', '3']] }),
      contact('5', { version: 2, ids: [['shopify.customer', '9']] }),
    );
    expect([new Set(customerIds).size, customerIds[0]]).toEqual([2, customerIds[2]]);
  });

  it.each([
    ['Jürgen Müller', 'Juergen Mueller'],
    ['Jürgen Müller', 'JÜRGEN  MÜLLER'],
    ['Jürgen Müller', 'Müller, Jürgen'],
    ['Jürgen Müller', 'Ju\u0308rgen Mu\u0308ller'],
    ['René Strauß', 'rene strauss'],
    ['Anne-Marie Smith', 'Smith Anne Marie'],
  ])('by a verified address together with the same name: %s is %s', async (one, other) => {
    const [crm] = (await opened.take('crm', contact('5', { email: 'x@example.com', name: one }))).customerIds;
    const [shop] = (await opened.take('commerce', shopper('9', { email: 'X@Example.com ', name: other }))).customerIds;
    expect(shop).toBe(crm);
  });

  it.each([
    ['another name', { email: 'x@example.com', name: 'John Doe' }, { email: 'x@example.com', name: 'Jane Doe' }],
    ['no name on one side', { email: 'x@example.com', name: 'Jane' }, { email: 'x@example.com' }],
    ['no name on either side', { email: 'x@example.com' }, { email: 'x@example.com' }],
    [
      'an address nobody vouches for now',
      { email: 'x@example.com', name: 'Jane' },
      { email: 'x@example.com', name: 'Jane', unverified: true },
    ],
    [
      'an address nobody vouched for before',
      { email: 'x@example.com', name: 'Jane', unverified: true },
      { email: 'x@example.com', name: 'Jane' },
    ],
    ['dots in the local part', { email: 'a.b@example.com', name: 'Jane' }, { email: 'ab@example.com', name: 'Jane' }],
    ['the same phone only', { phone: '+493012345', name: 'Jane' }, { phone: '+493012345', name: 'Jane' }],
    ['the same name only', { name: 'Jane Doe' }, { name: 'Jane Doe' }],
  ])('not with %s', async (_name, one, other) => {
    await opened.take('crm', contact('5', one));
    await opened.take('commerce', shopper('9', other));
    expect((await opened.profiles()).length).toBe(2);
  });

  it('not by an address and name that two customers share', async () => {
    await opened.take('crm', contact('5', { email: 'family@example.com', name: 'Jo Smith' }));
    await opened.take('crm', contact('6', { email: 'family@example.com', name: 'Jo Smith' }));
    await opened.take('commerce', shopper('9', { email: 'family@example.com', name: 'Jo Smith' }));
    expect((await opened.profiles()).map(({ sourceKeys }) => sourceKeys.length)).toEqual([1, 1, 1]);
  });

  it('not by an address and name when explicit ids say otherwise', async () => {
    const [crm] = (await opened.take('crm', contact('7', { email: 'x@example.com', name: 'Jane' }))).customerIds;
    const [shop] = (
      await opened.take(
        'commerce',
        shopper('9', { email: 'x@example.com', name: 'Jane', ids: [['hubspot.contact', '5']] }),
      )
    ).customerIds;
    expect([await keysOf(crm), await keysOf(shop)]).toEqual([['crm 7'], ['commerce 9', 'crm 5']]);
  });
});

describe('A shared address', () => {
  it('leaves two people two customers, and asking by it is ambiguous', async () => {
    await opened.take('crm', contact('5', { email: 'family@example.com', name: 'Ann' }));
    await opened.take('crm', contact('6', { email: 'family@example.com', name: 'Bob' }));
    const ask = (value: string) => opened.ask(`{ customerByIdentity(namespace: "email", value: "${value}") { id } }`);
    expect([
      (await opened.profiles()).length,
      await ask(' Family@Example.com'),
      await ask('nobody@example.com'),
    ]).toEqual([
      2,
      { data: { customerByIdentity: null }, codes: ['IDENTITY_AMBIGUOUS'] },
      { data: { customerByIdentity: null }, codes: [] },
    ]);
  });

  it('finds the one customer when it is no longer shared', async () => {
    const [ann] = (await opened.take('crm', contact('5', { email: 'family@example.com' }))).customerIds;
    await opened.take('crm', contact('6', { email: 'family@example.com' }));
    await opened.take('crm', contact('6', { email: 'bob@example.com', version: 2 }));
    expect(await opened.ask('{ customerByIdentity(namespace: "email", value: "family@example.com") { id } }')).toEqual({
      data: { customerByIdentity: { id: ann } },
      codes: [],
    });
  });
});

describe('A conflict is counted and nothing is merged', () => {
  it('when two records of one source claim the same id elsewhere', async () => {
    const [first] = (await opened.take('crm', contact('5', { ids: [['shopify.customer', '9']] }))).customerIds;
    const { customerIds, conflicts } = await opened.take('crm', contact('6', { ids: [['shopify.customer', '9']] }));
    expect([conflicts, await keysOf(first), await keysOf(customerIds[0])]).toEqual([
      1,
      ['commerce 9', 'crm 5'],
      ['crm 6'],
    ]);
  });

  it('when a customer would get a second id of one source', async () => {
    await opened.take('crm', contact('5'));
    await opened.take('commerce', shopper('9', { ids: [['hubspot.contact', '5']] }));
    const { conflicts } = await opened.take('commerce', shopper('9', { version: 2, ids: [['hubspot.contact', '6']] }));
    const [shop] = await opened.linked('shopify.customer', '9');
    // The link to contact 5 was the shop's word; it gave another one, which contact 5 being the same customer contradicts.
    expect([conflicts, await keysOf(shop), await opened.linked('hubspot.contact', '6')]).toEqual([
      1,
      ['commerce 9', 'crm 5'],
      [],
    ]);
  });

  it('when two customers with different ids of one source would become one', async () => {
    await opened.take('crm', contact('5'), contact('6', { ids: [['zendesk.user', '3']] }));
    await opened.take('commerce', shopper('9', { ids: [['hubspot.contact', '5']] }));
    const { conflicts } = await opened.take(
      'commerce',
      shopper('9', {
        version: 2,
        ids: [
          ['hubspot.contact', '5'],
          ['zendesk.user', '3'],
        ],
      }),
    );
    expect([conflicts, (await opened.profiles()).length]).toEqual([1, 2]);
  });

  it('also when each of two claimed customers alone would fit, and only both together do not', async () => {
    await opened.take(
      'crm',
      contact('5', { ids: [['zendesk.user', '3']] }),
      contact('6', { ids: [['braze.external_id', 'b']] }),
    );
    const { conflicts } = await opened.take(
      'commerce',
      shopper('9', {
        ids: [
          ['zendesk.user', '3'],
          ['braze.external_id', 'b'],
        ],
      }),
    );
    const [shop] = await opened.linked('shopify.customer', '9');
    expect([conflicts, await keysOf(shop), (await opened.profiles()).length]).toEqual([
      1,
      ['commerce 9', 'crm 5', 'support 3'],
      2,
    ]);
  });

  it('also when each of two customers could be merged alone, and only both together could not', async () => {
    await opened.take('crm', contact('5', { ids: [['zendesk.user', '3']] }), contact('6'));
    await opened.take('commerce', shopper('9'));
    const { conflicts } = await opened.take(
      'commerce',
      shopper('9', {
        version: 2,
        ids: [
          ['zendesk.user', '3'],
          ['hubspot.contact', '6'],
        ],
      }),
    );
    const [shop] = await opened.linked('shopify.customer', '9');
    expect([conflicts, await keysOf(shop), (await opened.profiles()).length]).toEqual([
      1,
      ['commerce 9', 'crm 5', 'support 3'],
      2,
    ]);
  });

  it('also when an id nobody has yet comes before the one that is claimed', async () => {
    await opened.take('crm', contact('7', { ids: [['zendesk.user', '3']] }));
    const { conflicts } = await opened.take(
      'commerce',
      shopper('9', {
        ids: [
          ['hubspot.contact', '5'],
          ['zendesk.user', '3'],
        ],
      }),
    );
    const [shop] = await opened.linked('shopify.customer', '9');
    expect([conflicts, await keysOf(shop), await opened.linked('hubspot.contact', '5')]).toEqual([
      1,
      ['commerce 9', 'crm 7', 'support 3'],
      [],
    ]);
  });

  it('also when one record names two ids of one source', async () => {
    const { conflicts, customerIds } = await opened.take(
      'commerce',
      shopper('9', {
        ids: [
          ['hubspot.contact', '5'],
          ['hubspot.contact', '6'],
        ],
      }),
    );
    expect([conflicts, await keysOf(customerIds[0])]).toEqual([1, ['commerce 9', 'crm 5']]);
  });
});

describe('A merge', () => {
  const mergeOfTwo = async () => {
    const [shop] = (
      await opened.take(
        'commerce',
        shopper('9', { name: 'Jane', email: 'shop@example.com', consents: [consent('GRANT', -100)] }),
      )
    ).customerIds;
    const [crm] = (
      await opened.take(
        'crm',
        contact('5', { name: 'Jane', email: 'crm@example.com', consents: [consent('WITHDRAW', -50)] }),
      )
    ).customerIds;
    await opened.take(
      'crm',
      contact('5', {
        version: 2,
        name: 'Jane',
        email: 'crm@example.com',
        ids: [['shopify.customer', '9']],
        consents: [consent('WITHDRAW', -50)],
      }),
    );
    return { survivor: crm, merged: shop };
  };

  it('keeps one id, to which the other one resolves', async () => {
    const { survivor, merged } = await mergeOfTwo();
    expect([
      survivor !== merged,
      (await opened.profiles()).map(({ id }) => id),
      (await opened.profile(merged)).id,
      await opened.ask(`{ customer(id: "${merged}") { id } }`),
    ]).toEqual([true, [survivor], survivor, { data: { customer: { id: survivor } }, codes: [] }]);
  });

  it('joins the ledgers, so that a denial recorded under either counts', async () => {
    const { survivor } = await mergeOfTwo();
    const { consents } = await opened.profile(survivor);
    expect([
      (await opened.ledger(survivor)).map(({ action }) => action).sort(),
      consents.map(({ purpose, state }) => `${purpose} ${state}`),
    ]).toEqual([['GRANT', 'WITHDRAW'], ['EMAIL_MARKETING WITHDRAWN']]);
  });

  it('moves records, identities and links to the survivor', async () => {
    const { survivor, merged } = await mergeOfTwo();
    expect({
      keys: await keysOf(survivor),
      shop: await opened.stored(survivor, 'commerce'),
      left: await opened.stored(merged, 'commerce'),
      links: await Promise.all(['shop@example.com', 'crm@example.com'].map((value) => opened.linked('email', value))),
    }).toEqual({
      keys: ['commerce 9', 'crm 5'],
      shop: { contact: { firstName: 'Jane', email: 'shop@example.com' } },
      left: null,
      links: [[survivor], [survivor]],
    });
  });

  it('is told in the change feed, for both ids', async () => {
    const { survivor, merged } = await mergeOfTwo();
    const kinds = (await opened.changes()).map(({ customerId, kind }) => ({ customerId, kind }));
    expect([
      kinds.filter(({ kind }) => kind === 'MERGED'),
      kinds.some(({ customerId, kind }) => customerId === survivor && kind === 'UPDATED'),
    ]).toEqual([[{ customerId: merged, kind: 'MERGED' }], true]);
  });

  it('happens once when a record names two ids of the same other customer', async () => {
    await opened.take('commerce', shopper('9', { ids: [['zendesk.user', '3']] }));
    await opened.take('crm', contact('5'));
    await opened.take(
      'crm',
      contact('5', {
        version: 2,
        ids: [
          ['shopify.customer', '9'],
          ['zendesk.user', '3'],
        ],
      }),
    );
    expect((await opened.changes()).filter(({ kind }) => kind === 'MERGED').length).toBe(1);
  });

  it('keeps the stricter status of the two', async () => {
    const [crm] = (await opened.take('crm', contact('5'))).customerIds;
    const [shop] = (await opened.take('commerce', shopper('9'))).customerIds;
    const [first, second] = [await opened.profile(crm), await opened.profile(shop)];
    await opened.store.commit({
      profiles: [
        { ...first, status: 'ERASED' },
        { ...second, status: 'RESTRICTED' },
      ],
    });
    await opened.take('crm', contact('5', { version: 2, ids: [['shopify.customer', '9']] }));
    expect((await opened.profile(shop)).status).toBe('ERASED');
  });

  it('of three in a row still resolves the first id', async () => {
    const [support] = (await opened.take('support', requester('3'))).customerIds;
    const [shop] = (await opened.take('commerce', shopper('9'))).customerIds;
    const [crm] = (await opened.take('crm', contact('5'))).customerIds;
    await opened.take('commerce', shopper('9', { version: 2, ids: [['zendesk.user', '3']] }));
    await opened.take('crm', contact('5', { version: 2, ids: [['shopify.customer', '9']] }));
    expect([(await opened.profile(support)).id, (await opened.profile(shop)).id, await keysOf(support)]).toEqual([
      crm,
      crm,
      ['commerce 9', 'crm 5', 'support 3'],
    ]);
  });
});

describe('An older record', () => {
  it('never overwrites a newer one', async () => {
    const [id] = (await opened.take('crm', contact('5', { version: 2, name: 'New' }))).customerIds;
    await opened.take('crm', contact('5', { version: 1, name: 'Old' }));
    expect(await opened.stored(id, 'crm')).toEqual({ contact: { firstName: 'New' } });
  });

  it('never brings back what the source no longer knows', async () => {
    const [id] = (await opened.take('crm', contact('5', { version: 2, name: 'Gone' }))).customerIds;
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    await opened.take('crm', contact('5', { version: 1, name: 'Old' }));
    expect(await opened.stored(id, 'crm')).toBeNull();
  });

  it('of the same batch loses to the newer one, in either order', async () => {
    const [id] = (
      await opened.take('crm', contact('5', { version: 2, name: 'New' }), contact('5', { version: 1, name: 'Old' }))
    ).customerIds;
    expect(await opened.stored(id, 'crm')).toEqual({ contact: { firstName: 'New' } });
  });
});

describe('The same record again', () => {
  it('changes nothing: no version, no change entry, no ledger entry', async () => {
    const record = contact('5', {
      name: 'Jane',
      email: 'jane@example.com',
      phone: '+493012345678',
      ids: [['shopify.customer', '9']],
      consents: [consent('GRANT', -10)],
      facts: {
        country: 'DE',
        birthDate: '1990-01-01',
        suppressions: [],
        historicValue: { amountMinor: 1, currency: 'EUR' },
      },
    });
    const [id] = (await opened.take('crm', record)).customerIds;
    const before = [await opened.profile(id), await opened.changes(), await opened.ledger(id)];
    opened.clock.now += 60_000;
    await opened.take('crm', record);
    await opened.take('crm', { ...record, identities: [...record.identities].sort(() => 0) });
    expect([await opened.profile(id), await opened.changes(), await opened.ledger(id)]).toEqual(before);
  });

  it('is still known to be fresh', async () => {
    const [id] = (await opened.take('crm', contact('5'))).customerIds;
    opened.clock.now += 60_000;
    await opened.take('crm', contact('5'));
    const [record] = await opened.store.findRecords([{ customerId: id ?? '', source: 'crm' }]);
    expect(record?.fetchedAt).toBe(NOW + 60_000);
  });

  it('in one batch twice is one customer with one change', async () => {
    const { customerIds } = await opened.take('crm', contact('5', { name: 'Jane' }), contact('5', { name: 'Jane' }));
    expect([customerIds[0] === customerIds[1], (await opened.changes()).length]).toEqual([true, 1]);
  });
});

describe('A change', () => {
  it('names the fields of Customer whose value changed, and no others', async () => {
    const full = {
      name: 'Jane',
      email: 'jane@example.com',
      categories: {
        NAME: { contact: { firstName: 'Jane' } },
        CONTACT: { contact: { email: 'jane@example.com' } },
        LOCATION: { address: { city: 'Berlin' } },
        DERIVED: { lifecycleStage: 'lead' },
      },
    };
    await opened.take('crm', contact('5', full));
    const move = { ...full.categories, LOCATION: { address: { city: 'Hamburg' } } };
    await opened.take('crm', contact('5', { ...full, version: 2, categories: move }));
    const { DERIVED: _stage, ...without } = move;
    await opened.take('crm', contact('5', { ...full, version: 3, categories: without }));
    await opened.take(
      'crm',
      contact('5', { ...full, version: 4, categories: without, consents: [consent('GRANT', -1)] }),
    );
    await opened.take(
      'crm',
      contact('5', {
        ...full,
        version: 5,
        categories: without,
        email: 'new@example.com',
        consents: [consent('GRANT', -1)],
      }),
    );
    expect((await opened.changes()).map(({ version, changedFields }) => [version, [...changedFields].sort()])).toEqual([
      [1, ['address', 'contact', 'identities', 'lifecycleStage']],
      [2, ['address']],
      [3, ['lifecycleStage']],
      [4, ['consents']],
      [5, ['identities']],
    ]);
  });

  it('of what was earned is one of lifetimeValue', async () => {
    await opened.take('commerce', shopper('9', { facts: { historicValue: { amountMinor: 100, currency: 'EUR' } } }));
    await opened.take(
      'commerce',
      shopper('9', { version: 2, facts: { historicValue: { amountMinor: 200, currency: 'EUR' } } }),
    );
    expect((await opened.changes()).at(-1)?.changedFields).toEqual(['lifetimeValue']);
  });

  it('of a suppression alone raises the version, so that nobody goes on mailing by an older one', async () => {
    const [id] = (await opened.take('crm', contact('5'))).customerIds;
    // Of no address, which could be on the list for it.
    await opened.take('crm', contact('5', { version: 2, facts: { suppressions: ['HARD_BOUNCE'] } }));
    const { version, facts } = await opened.profile(id);
    expect([version, facts.crm?.suppressions]).toEqual([2, ['HARD_BOUNCE']]);
  });
});

describe('Consent that a source holds', () => {
  it('enters the ledger once, with the source as its actor', async () => {
    const consents = [consent('GRANT', -10)];
    const [id] = (await opened.take('crm', contact('5', { consents }))).customerIds;
    await opened.take('crm', contact('5', { version: 2, name: 'Jane', consents }));
    await opened.take('crm', contact('5', { version: 3, name: 'Jane', consents: [...consents, ...consents] }));
    const ledger = await opened.ledger(id);
    expect([
      ledger.map(({ recordId: _recordId, ...event }) => event),
      (await opened.profile(id)).consentVersion,
    ]).toEqual([
      [
        {
          customerId: id,
          seq: 1,
          purpose: 'EMAIL_MARKETING',
          channel: null,
          topic: null,
          action: 'GRANT',
          basis: 'CONSENT',
          pending: false,
          notice: { id: 'newsletter', version: '1', sha256: null },
          method: 'web_form',
          jurisdiction: null,
          language: null,
          proof: null,
          occurredAt: NOW - 10_000,
          recordedAt: NOW,
          expiresAt: null,
          actor: 'crm',
          prevHash: null,
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
      1,
    ]);
  });

  it('never overrides a newer withdrawal made here', async () => {
    const [id] = (await opened.take('crm', contact('5'))).customerIds;
    await opened.commands.record(
      { id: 'agent', role: 'SUPPORT_AGENT', scopes: [] },
      { customerId: id ?? '', purpose: 'EMAIL_MARKETING', action: 'WITHDRAW', method: 'phone' },
    );
    await opened.take('crm', contact('5', { version: 2, consents: [consent('GRANT', -10)] }));
    expect((await opened.profile(id)).consents.map(({ state }) => state)).toEqual(['WITHDRAWN']);
  });

  it('that claims to be from the future is left out until its time has come', async () => {
    const record = contact('5', { consents: [consent('GRANT', 60)] });
    const [id] = (await opened.take('crm', record)).customerIds;
    const early = (await opened.ledger(id)).length;
    opened.clock.now += 61_000;
    await opened.take('crm', record);
    expect([early, (await opened.ledger(id)).length]).toEqual([0, 1]);
  });
});

describe('A record that the source no longer knows', () => {
  it('is removed, with all it told; the customer and its ledger stay', async () => {
    const [id] = (
      await opened.take(
        'crm',
        contact('5', {
          name: 'Jane',
          email: 'jane@example.com',
          facts: { country: 'DE' },
          consents: [consent('GRANT', -10)],
        }),
      )
    ).customerIds;
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    const { facts, consents } = await opened.profile(id);
    expect({
      stored: await opened.stored(id, 'crm'),
      address: await opened.linked('email', 'jane@example.com'),
      ownId: await opened.linked('hubspot.contact', '5'),
      facts,
      states: consents.map(({ state }) => state),
      changed: [...((await opened.changes()).at(-1)?.changedFields ?? [])].sort(),
    }).toEqual({
      stored: null,
      address: [],
      ownId: [id],
      facts: {},
      states: ['GRANTED'],
      changed: ['contact', 'identities'],
    });
  });

  it('leaves its suppressions: who must not be mailed must not be mailed by another source either', async () => {
    const [id] = (
      await opened.take('crm', contact('5', { name: 'Jane', facts: { suppressions: ['COMPLAINT'], country: 'DE' } }))
    ).customerIds;
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    expect((await opened.profile(id)).facts).toEqual({
      crm: { country: null, adultFrom: null, nameKey: null, suppressions: ['COMPLAINT'] },
    });
  });

  it('takes along the ids at other sources that only it told', async () => {
    const [id] = (await opened.take('crm', contact('5', { ids: [['shopify.customer', '9']] }))).customerIds;
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    expect([await keysOf(id), await opened.linked('shopify.customer', '9')]).toEqual([['crm 5'], []]);
  });

  it('said by an older answer does not remove what a newer one brought', async () => {
    const [id] = (await opened.take('crm', contact('5', { name: 'Jane' }))).customerIds;
    await opened.takeBatch({ source: 'crm', absent: ['5'], fetchedAt: NOW - 1_000 });
    expect(await opened.stored(id, 'crm')).toEqual({ contact: { firstName: 'Jane' } });
  });

  it('comes back to the same customer', async () => {
    const [id] = (await opened.take('crm', contact('5', { name: 'Jane' }))).customerIds;
    await opened.takeBatch({ source: 'crm', absent: ['5', 'never-heard-of'] });
    const { customerIds } = await opened.take('crm', contact('5', { version: 2, name: 'Jane' }));
    expect([customerIds, await opened.stored(id, 'crm')]).toEqual([[id], { contact: { firstName: 'Jane' } }]);
  });

  it('twice changes nothing the second time', async () => {
    await opened.take('crm', contact('5', { name: 'Jane' }));
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    const before = await opened.changes();
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    expect(await opened.changes()).toEqual(before);
  });
});

describe('An address that changed', () => {
  it('no longer finds the customer, the new one does', async () => {
    const [id] = (await opened.take('crm', contact('5', { email: 'old@example.com' }))).customerIds;
    await opened.take('crm', contact('5', { version: 2, email: 'new@example.com' }));
    expect([await opened.linked('email', 'old@example.com'), await opened.linked('email', 'new@example.com')]).toEqual([
      [],
      [id],
    ]);
  });

  it('still finds the customer while another source has it', async () => {
    const [id] = (await opened.take('crm', contact('5', { email: 'old@example.com', name: 'Jane' }))).customerIds;
    await opened.take('commerce', shopper('9', { email: 'old@example.com', name: 'Jane' }));
    await opened.take('crm', contact('5', { version: 2, email: 'new@example.com', name: 'Jane' }));
    expect([await opened.linked('email', 'old@example.com'), await opened.linked('email', 'new@example.com')]).toEqual([
      [id],
      [id],
    ]);
  });

  it('that is no longer vouched for finds nobody', async () => {
    await opened.take('crm', contact('5', { email: 'x@example.com' }));
    await opened.take('crm', contact('5', { version: 2, email: 'x@example.com', unverified: true }));
    expect(await opened.linked('email', 'x@example.com')).toEqual([]);
  });
});

describe('At the same time', () => {
  const times = Array.from({ length: 20 }, (_, index) => index + 1);

  it('twenty versions of one record leave the newest, and one customer', async () => {
    const results = await Promise.all(
      times.map((version) => opened.take('crm', contact('5', { version, name: `Name ${version}` }))),
    );
    const ids = new Set(results.flatMap(({ customerIds }) => customerIds));
    const [id] = ids;
    expect([ids.size, await opened.stored(id, 'crm'), (await opened.profiles()).length]).toEqual([
      1,
      { contact: { firstName: 'Name 20' } },
      1,
    ]);
  });

  it('twenty sources of consent lose no event', async () => {
    await Promise.all(
      times.map((second) =>
        opened.take('crm', contact('5', { version: second, consents: [consent('GRANT', -second)] })),
      ),
    );
    // A record that came after a newer one says nothing new; those that were taken in, in any order, are all in the ledger.
    const [id] = await opened.linked('hubspot.contact', '5');
    const { version, consentVersion } = await opened.profile(id);
    const changes = await opened.changes();
    expect([(await opened.ledger(id)).length, version, changes.map((change) => change.version)]).toEqual([
      consentVersion,
      changes.length,
      changes.map((_, index) => index + 1),
    ]);
    expect((await opened.ledger(id)).some(({ occurredAt }) => occurredAt === NOW - 20_000)).toBe(true);
  });

  it('records of three sources that name each other become one customer', async () => {
    await Promise.all(
      times.flatMap((number) => [
        opened.take('crm', contact(`c${number}`, { ids: [['shopify.customer', `s${number}`]] })),
        opened.take('commerce', shopper(`s${number}`, { ids: [['zendesk.user', `z${number}`]] })),
        opened.take('support', requester(`z${number}`, { ids: [['hubspot.contact', `c${number}`]] })),
      ]),
    );
    const profiles = await opened.profiles();
    expect([profiles.length, new Set(profiles.map(({ sourceKeys }) => sourceKeys.length))]).toEqual([20, new Set([3])]);
  });
});

it('A record of a namespace that is not registered is refused as a whole', async () => {
  const refused = await opened
    .take('crm', contact('5', { ids: [['myspace.friend', '1']] }))
    .then(() => 'taken', errorCodeOf);
  expect([refused, await opened.profiles()]).toEqual(['NAMESPACE_UNKNOWN', []]);
});
