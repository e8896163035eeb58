import { startSimulator, type Simulator } from '../../simulator/simulator';
import { example, handClock, hubspot, UUID } from './callers';

describe('HubSpot search', () => {
  let simulator: Simulator;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100, now: clock.now });
  });
  afterAll(() => simulator.close());
  // Every test begins with full limits.
  beforeEach(() => clock.advance(10_001));

  const contacts = () => simulator.population.hubspot.contacts;

  const search = (body: unknown) => hubspot(simulator, 'POST', '/crm/objects/2026-09/contacts/search', body);
  const filtered = async (filter: Record<string, unknown>) => {
    const answer = await search({ filterGroups: [{ filters: [filter] }], limit: 200 });
    return answer.body.results.map((result: { id: string }) => result.id);
  };
  const idsWhere = (test: (properties: Record<string, string | null>) => boolean) =>
    contacts()
      .filter(({ properties }) => test(properties))
      .map(({ id }) => id);

  it.each([
    ['EQ', { operator: 'EQ', value: 'GRANTED' }, (v: string | null) => v === 'granted'],
    ['NEQ', { operator: 'NEQ', value: 'granted' }, (v: string | null) => v !== 'granted'],
    [
      'IN',
      { operator: 'IN', values: ['pending', 'refused'] },
      (v: string | null) => v === 'pending' || v === 'refused',
    ],
    ['NOT_IN', { operator: 'NOT_IN', values: ['granted'] }, (v: string | null) => v !== null && v !== 'granted'],
    ['HAS_PROPERTY', { operator: 'HAS_PROPERTY' }, (v: string | null) => v !== null],
    ['NOT_HAS_PROPERTY', { operator: 'NOT_HAS_PROPERTY' }, (v: string | null) => v === null],
    ['CONTAINS_TOKEN', { operator: 'CONTAINS_TOKEN', value: 'with*' }, (v: string | null) => v === 'withdrawn'],
    ['NOT_CONTAINS_TOKEN', { operator: 'NOT_CONTAINS_TOKEN', value: 'with*' }, (v: string | null) => v !== 'withdrawn'],
  ])('knows %s', async (_, filter, test) => {
    const found = await filtered({ propertyName: 'marketing_consent', ...filter });
    expect(found).toEqual(idsWhere((properties) => test(properties.marketing_consent!)));
  });

  it('compares dates as instants, in milliseconds or ISO-8601', async () => {
    const middle = contacts()[40]!.properties.lastmodifieddate!;
    const propertyName = 'lastmodifieddate';
    const since = idsWhere((properties) => properties.lastmodifieddate! >= middle);
    expect(since.length).toBeGreaterThan(1);
    expect(await filtered({ propertyName, operator: 'GTE', value: middle })).toEqual(since);
    expect(await filtered({ propertyName, operator: 'GTE', value: String(Date.parse(middle)) })).toEqual(since);
    expect(await filtered({ propertyName, operator: 'GT', value: middle })).toHaveLength(since.length - 1);
    expect(await filtered({ propertyName, operator: 'BETWEEN', value: middle, highValue: middle })).toEqual([
      contacts()[40]!.id,
    ]);
  });

  it('joins filters by AND and groups by OR', async () => {
    const { email } = example(simulator, 'crossId');
    const has = (propertyName: string, value: string) => ({ propertyName, operator: 'EQ', value });
    const impossible = { filters: [has('email', email!), has('email', 'nobody@example.com')] };
    expect((await search({ filterGroups: [impossible] })).body).toEqual({ total: 0, results: [] });
    const either = await search({ filterGroups: [impossible, { filters: [has('email', email!)] }] });
    expect(either.body.total).toBe(1);
  });

  it('pages by offset in the asked order', async () => {
    const sorts = [{ propertyName: 'lastmodifieddate', direction: 'DESCENDING' }];
    const first = await search({ sorts, limit: 60 });
    expect(first.body).toMatchObject({
      total: contacts().length,
      paging: { next: { after: '60', link: '?after=60' } },
    });
    const second = await search({ sorts, limit: 60, after: '60' });
    expect(second.body.paging).toBeUndefined();
    const order = [...first.body.results, ...second.body.results].map((result) => result.updatedAt);
    expect(order).toEqual([...order].sort().reverse());
    expect(order).toHaveLength(contacts().length);
  });

  it.each([
    ['a limit above 200', { limit: 201 }, 'limit must be between 0 and 200'],
    ['paging past 10,000', { limit: 200, after: '9900' }, 'Paging past 10000 results is not supported'],
    [
      'six groups',
      { filterGroups: Array.from({ length: 6 }, () => ({ filters: [] })) },
      'There can be at most 5 filter groups, but got 6',
    ],
    [
      'an unknown property',
      { filterGroups: [{ filters: [{ propertyName: 'shoe', operator: 'EQ', value: '1' }] }] },
      'Property shoe does not exist',
    ],
    [
      'an unknown operator',
      { filterGroups: [{ filters: [{ propertyName: 'email', operator: 'LIKE', value: '1' }] }] },
      'LIKE is not a valid operator',
    ],
  ])('refuses %s', async (_, body, message) => {
    const answer = await search(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      status: 'error',
      message: `There was a problem with the request. ${message}`,
      correlationId: expect.stringMatching(UUID),
      category: 'VALIDATION_ERROR',
    });
  });

  it('is limited per second, apart from other calls and without headers', async () => {
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(await search({}));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers[5]!.body).toMatchObject({ message: 'You have reached your secondly limit.' });
    expect(answers[0]!.headers.get('x-hubspot-ratelimit-max')).toBeNull();
    clock.advance(1001);
    expect((await search({})).status).toBe(200);
  });
});
