/**
 * The one enforcement: a withheld field is null and its resolver never runs, a masked one is loaded and masked, whichever way
 * an operation reaches it; and what kept something back is noted once per place and customer.
 */
import { withholdAll } from '../../schema/access';
import { maskValue } from '../../schema/mask';
import { CATEGORIES } from '../../schema/policy';
import { accessWith, entities, MASK_KEY, run } from './enforced-graph';

const EVERYTHING =
  'reach { firstName email phone note } place { line postcode country } externalId nicknames birthDate income segment ' +
  'purchases { placedAt lines { title } }';

describe('CLEAR', () => {
  it('answers every field as it is and notes nothing', async () => {
    const { calls, ...answer } = await run(entities(`id ${EVERYTHING}`), {
      representations: [{ id: '1', access: accessWith() }],
    });
    expect(answer).toEqual({
      data: {
        _entities: [
          {
            id: '1',
            reach: {
              firstName: 'Jane',
              email: 'jane@example.com',
              phone: '+493012345678',
              note: 'calls in the evening',
            },
            place: { line: 'Torstraße 12', postcode: '10115', country: 'DE' },
            externalId: 'contact-1',
            nicknames: ['Janie', 'JJ'],
            birthDate: '1988-07-12',
            income: 4_900_000,
            segment: 'loyal',
            purchases: [
              { placedAt: '2025-01-01', lines: [{ title: 'Kettle' }, { title: 'Tea' }] },
              { placedAt: '2025-02-02', lines: [{ title: 'Kettle' }, { title: 'Tea' }] },
            ],
          },
        ],
      },
      errors: [],
      withheld: [],
      masked: [],
    });
    expect(calls).toContain('1.segment');
  });
});

describe('WITHHOLD', () => {
  it('answers null, gives the reason, and asks no field for its value', async () => {
    expect(
      await run(entities(`id ${EVERYTHING}`), { representations: [{ id: '1', access: withholdAll('RESTRICTED') }] }),
    ).toEqual({
      data: {
        _entities: [
          {
            id: '1',
            reach: { firstName: null, email: null, phone: null, note: null },
            place: null,
            externalId: null,
            nicknames: null,
            birthDate: null,
            income: null,
            segment: null,
            purchases: null,
          },
        ],
      },
      errors: [],
      withheld: [
        ['reach.firstName', 'NAME'],
        ['reach.email', 'CONTACT'],
        ['reach.phone', 'CONTACT'],
        ['reach.note', 'CONTACT'],
        ['place', 'LOCATION'],
        ['externalId', 'IDENTIFIER'],
        ['nicknames', 'NAME'],
        ['birthDate', 'DEMOGRAPHIC'],
        ['income', 'DEMOGRAPHIC'],
        ['segment', 'DERIVED'],
        ['purchases', 'PURCHASE_HISTORY'],
      ].map(([path = '', category]) => ({
        path: ['_entities', 0, ...path.split('.')],
        category,
        reason: 'RESTRICTED',
      })),
      masked: [],
      // The grouping is not personal; nothing inside it was asked.
      calls: ['1.reach'],
    });
  });

  it('of one category leaves the others alone', async () => {
    const { data, withheld, calls } = await run(entities('reach { firstName email } birthDate'), {
      representations: [{ id: '1', access: accessWith({ CONTACT: 's' }) }],
    });
    expect({ data, withheld, calls }).toEqual({
      data: { _entities: [{ reach: { firstName: 'Jane', email: null }, birthDate: '1988-07-12' }] },
      withheld: [{ path: ['_entities', 0, 'reach', 'email'], category: 'CONTACT', reason: 'SUPPRESSED' }],
      calls: ['1.reach', '1.reach.firstName', '1.birthDate'],
    });
  });

  it('never calls a resolver of the source’s own', async () => {
    const { calls } = await run(entities('segment'), {
      representations: [{ id: '1', access: accessWith({ DERIVED: 'c' }) }],
    });
    expect(calls).toEqual([]);
  });
});

describe('MASK', () => {
  it('answers each field by its own mask, drops what has none, and says so', async () => {
    const { data, errors, withheld, masked } = await run(entities(EVERYTHING.replace(/purchases.*$/, '')), {
      representations: [{ id: '1', access: CATEGORIES.map(() => 'M').join('') }],
    });
    expect({ data, errors, withheld, masked }).toEqual({
      data: {
        _entities: [
          {
            reach: { firstName: 'J.', email: 'j***@e***.com', phone: '+49 ******* 78', note: null },
            place: { line: null, postcode: '10***', country: 'DE' },
            externalId: maskValue('HASH', 'contact-1', MASK_KEY),
            nicknames: ['J.', 'J.'],
            birthDate: '1985-01-01',
            income: 2_000_000,
            // Its resolver answers a promise: masked all the same, here by dropping it.
            segment: null,
          },
        ],
      },
      errors: [],
      withheld: [],
      masked: [
        ['reach.firstName', 'NAME'],
        ['reach.email', 'CONTACT'],
        ['reach.phone', 'CONTACT'],
        ['reach.note', 'CONTACT'],
        ['place', 'LOCATION'],
        ['place.postcode', 'LOCATION'],
        ['place.country', 'LOCATION'],
        ['externalId', 'IDENTIFIER'],
        ['nicknames', 'NAME'],
        ['birthDate', 'DEMOGRAPHIC'],
        ['income', 'DEMOGRAPHIC'],
        ['segment', 'DERIVED'],
      ].map(([path = '', category]) => ({ path: ['_entities', 0, ...path.split('.')], category })),
    });
  });
});

describe('The way to a field makes no difference:', () => {
  const hidden = { representations: [{ id: '1', access: accessWith({ CONTACT: 'c' }) }] };

  it('aliases', async () => {
    const { data } = await run(entities('harmless: reach { firstName: email __typename: phone x: firstName }'), hidden);
    expect(data).toEqual({ _entities: [{ harmless: { firstName: null, __typename: null, x: 'Jane' } }] });
  });

  it('named, inline and nested fragments', async () => {
    const { data } = await run(
      entities(
        '... on Customer { ...A } ... { reach { phone } }',
        'fragment A on Customer { reach { ...B } } fragment B on Reach { email firstName }',
      ),
      hidden,
    );
    expect(data).toEqual({ _entities: [{ reach: { email: null, firstName: 'Jane', phone: null } }] });
  });

  it('the same field asked twice', async () => {
    const { data, withheld } = await run(entities('reach { email } reach { email again: email }'), hidden);
    expect({ data, withheld: withheld.map(({ path }) => path) }).toEqual({
      data: { _entities: [{ reach: { email: null, again: null } }] },
      withheld: [
        ['_entities', 0, 'reach', 'email'],
        ['_entities', 0, 'reach', 'again'],
      ],
    });
  });

  it('directives', async () => {
    const { data } = await run(entities('reach { email @include(if: true) phone @skip(if: true) }'), hidden);
    expect(data).toEqual({ _entities: [{ reach: { email: null } }] });
  });
});

describe('Several customers in one answer', () => {
  it('are each held to their own access, in one _entities call', async () => {
    const { data, withheld, masked } = await run(entities('id reach { email }'), {
      representations: [
        { id: '1', access: accessWith() },
        { id: '2', access: accessWith({ CONTACT: 'M' }) },
        { id: '3', access: accessWith({ CONTACT: 'j' }) },
        { id: '4' },
        { id: '5', access: 'CCCCCCCCCCC?' },
        { id: '6', access: { IDENTIFIER: 'C' } },
        { id: '7', access: null },
      ],
    });
    expect({ data, withheld, masked }).toEqual({
      data: {
        _entities: [
          { id: '1', reach: { email: 'jane@example.com' } },
          { id: '2', reach: { email: 'j***@e***.com' } },
          { id: '3', reach: { email: null } },
          { id: '4', reach: { email: null } },
          { id: '5', reach: { email: null } },
          { id: '6', reach: { email: null } },
          { id: '7', reach: { email: null } },
        ],
      },
      withheld: [
        [2, 'OBJECTED'],
        [3, 'UNAVAILABLE'],
        [4, 'UNAVAILABLE'],
        [5, 'UNAVAILABLE'],
        [6, 'UNAVAILABLE'],
      ].map(([index, reason]) => ({ path: ['_entities', index, 'reach', 'email'], category: 'CONTACT', reason })),
      masked: [{ path: ['_entities', 1, 'reach', 'email'], category: 'CONTACT' }],
    });
  });

  it('may be the same one with two accesses: each place is held to its own', async () => {
    const { data } = await run(entities('reach { email }'), {
      representations: [
        { id: '1', access: accessWith({ CONTACT: 'c' }) },
        { id: '1', access: accessWith() },
      ],
    });
    expect(data).toEqual({ _entities: [{ reach: { email: null } }, { reach: { email: 'jane@example.com' } }] });
  });

  it('may come as _entities aliased twice', async () => {
    const part = (alias: string, variable: string) =>
      `${alias}: _entities(representations: ${variable}) { ... on Customer { id reach { email } } }`;
    const { data, withheld } = await run(
      `query ($representations: [_Any!]!) { ${part('_e0', '$representations')} ${part('_e1', '$representations')} }`,
      {
        representations: [
          { id: '1', access: accessWith({ CONTACT: 'c' }) },
          { id: '2', access: accessWith() },
        ],
      },
    );
    const each = [
      { id: '1', reach: { email: null } },
      { id: '2', reach: { email: 'jane@example.com' } },
    ];
    expect({ data, withheld: withheld.map(({ path }) => path) }).toEqual({
      data: { _e0: each, _e1: each },
      withheld: [
        ['_e0', 0, 'reach', 'email'],
        ['_e1', 0, 'reach', 'email'],
      ],
    });
  });

  it('may lie below another type', async () => {
    const { data, withheld } = await run('{ club(ids: ["1", "2"]) { title members { id externalId } } }', {
      accessOf: { 1: accessWith({ IDENTIFIER: 'o' }), 2: accessWith() },
    });
    expect({ data, withheld }).toEqual({
      data: {
        club: {
          title: 'Chess',
          members: [
            { id: '1', externalId: null },
            { id: '2', externalId: 'contact-1' },
          ],
        },
      },
      withheld: [{ path: ['club', 'members', 0, 'externalId'], category: 'IDENTIFIER', reason: 'ROLE' }],
    });
  });

  it('may lie below one another: the inner one’s access holds, not the outer one’s', async () => {
    const { data, withheld } = await run(
      entities('reach { email } household { members { id reach { email } place { line } } }'),
      {
        representations: [{ id: '1', access: accessWith() }],
        accessOf: { 2: accessWith({ CONTACT: 'c', LOCATION: 'M' }) },
      },
    );
    expect({ data, withheld }).toEqual({
      data: {
        _entities: [
          {
            reach: { email: 'jane@example.com' },
            household: {
              members: [
                { id: '2', reach: { email: null }, place: { line: null } },
                { id: '3', reach: { email: null }, place: null },
              ],
            },
          },
        ],
      },
      withheld: [
        {
          path: ['_entities', 0, 'household', 'members', 0, 'reach', 'email'],
          category: 'CONTACT',
          reason: 'CONSENT',
        },
        {
          path: ['_entities', 0, 'household', 'members', 1, 'reach', 'email'],
          category: 'CONTACT',
          reason: 'UNAVAILABLE',
        },
        { path: ['_entities', 0, 'household', 'members', 1, 'place'], category: 'LOCATION', reason: 'UNAVAILABLE' },
      ],
    });
  });
});

describe('Nobody vouches for the request', () => {
  it('so everything classified is withheld, whatever access the representation brings', async () => {
    const { data, withheld, calls } = await run(entities('id externalId reach { email }'), {
      representations: [{ id: '1', access: accessWith() }],
      policy: undefined,
    });
    expect({ data, withheld, calls }).toEqual({
      data: { _entities: [{ id: '1', externalId: null, reach: { email: null } }] },
      withheld: [
        { path: ['_entities', 0, 'externalId'], category: 'IDENTIFIER', reason: 'UNAVAILABLE' },
        { path: ['_entities', 0, 'reach', 'email'], category: 'CONTACT', reason: 'UNAVAILABLE' },
      ],
      calls: ['1.reach'],
    });
  });
});

describe('Notes', () => {
  it('of a list of things are one, however long the list is', async () => {
    const { data, masked } = await run(entities('purchases { giftFor }'), {
      representations: [{ id: '1', access: accessWith({ NAME: 'M' }) }],
    });
    expect({ data, masked }).toEqual({
      data: { _entities: [{ purchases: [{ giftFor: 'B.' }, { giftFor: 'B.' }] }] },
      masked: [{ path: ['_entities', 0, 'purchases', 'giftFor'], category: 'NAME' }],
    });
  });

  it('are one per place and customer', async () => {
    const { withheld, masked } = await run('{ club(ids: ["1", "2", "3"]) { members { nicknames reach { email } } } }', {
      accessOf: {
        1: accessWith({ NAME: 'c', CONTACT: 'c' }),
        2: accessWith({ NAME: 'c', CONTACT: 'M' }),
        3: accessWith(),
      },
    });
    expect({ withheld, masked }).toEqual({
      withheld: [
        { path: ['club', 'members', 0, 'nicknames'], category: 'NAME', reason: 'CONSENT' },
        { path: ['club', 'members', 0, 'reach', 'email'], category: 'CONTACT', reason: 'CONSENT' },
        { path: ['club', 'members', 1, 'nicknames'], category: 'NAME', reason: 'CONSENT' },
      ],
      masked: [{ path: ['club', 'members', 1, 'reach', 'email'], category: 'CONTACT' }],
    });
  });
});
