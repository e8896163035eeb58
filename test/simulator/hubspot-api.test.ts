import { startSimulator, type Simulator } from '../../simulator/simulator';
import { call, handClock, hubspot, UUID } from './callers';

const DIALECTS = ['/crm/v3/objects/contacts', '/crm/objects/2026-09/contacts'];

describe('HubSpot contacts', () => {
  let simulator: Simulator;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100, now: clock.now });
  });
  afterAll(() => simulator.close());
  // Every test begins with full limits.
  beforeEach(() => clock.advance(10_001));

  const contacts = () => simulator.population.hubspot.contacts;
  const invalid = (message: string) => ({
    status: 'error',
    message,
    correlationId: expect.stringMatching(UUID),
    category: 'VALIDATION_ERROR',
  });

  it.each(DIALECTS)('answers a batch with exactly the asked properties on %s', async (path) => {
    const contact = contacts()[0]!;
    const body = {
      inputs: [{ id: contact.id }],
      properties: ['email', 'company', 'no_such'],
      propertiesWithHistory: [],
    };
    const answer = await hubspot(simulator, 'POST', `${path}/batch/read?archived=false`, body);
    const { email, company, createdate, lastmodifieddate } = contact.properties;
    const at = new Date(clock.now()).toISOString();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 'COMPLETE',
      results: [
        {
          id: contact.id,
          properties: { company, createdate, email, hs_object_id: contact.id, lastmodifieddate },
          createdAt: createdate,
          updatedAt: lastmodifieddate,
          archived: false,
        },
      ],
      startedAt: at,
      completedAt: at,
    });
  });

  it('reports unknown ids with 207 in v3 and leaves them out with 200 in 2026-09', async () => {
    const body = { inputs: [{ id: contacts()[0]!.id }, { id: '1' }], properties: [] };
    const [legacy, dated] = await Promise.all(
      DIALECTS.map((path) => hubspot(simulator, 'POST', `${path}/batch/read`, body)),
    );
    expect(legacy!.status).toBe(207);
    expect(legacy!.body).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['1'] } }],
    });
    expect(dated!.status).toBe(200);
    expect(Object.keys(dated!.body)).toEqual(['status', 'results', 'startedAt', 'completedAt']);
    expect(dated!.body.results).toHaveLength(1);
  });

  it.each([
    [
      '101 inputs',
      { inputs: Array.from({ length: 101 }, (_, i) => ({ id: `${i}` })) },
      'The maximum number of inputs supported in a batch request is 100',
    ],
    [
      '51 inputs with history',
      { inputs: Array.from({ length: 51 }, (_, i) => ({ id: `${i}` })), propertiesWithHistory: ['email'] },
      'The maximum number of inputs supported in a batch request for property histories is 50',
    ],
    [
      'an id property that is not unique',
      { inputs: [], idProperty: 'phone' },
      'Property phone is not a unique identifier property',
    ],
    ['no inputs', {}, 'Invalid input JSON: inputs must be a list of objects with an id'],
    ['no JSON', '{', 'Invalid input JSON: expected an object'],
  ])('refuses a batch of %s', async (_, body, message) => {
    const answer = await hubspot(simulator, 'POST', `${DIALECTS[1]}/batch/read`, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(invalid(message));
  });

  it('refuses a missing and a wrong token alike', async () => {
    const url = `${simulator.urls.hubspot}${DIALECTS[0]}`;
    const refusal = {
      status: 'error',
      message: expect.stringContaining('Authentication credentials not found'),
      correlationId: expect.stringMatching(UUID),
      category: 'INVALID_AUTHENTICATION',
    };
    for (const headers of [{}, { authorization: 'Bearer nonsense' }] as Record<string, string>[]) {
      const answer = await call(url, { headers });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(refusal);
    }
  });

  it.each([
    ['GET', '/crm/v3/objects/deals', 404, 'OBJECT_NOT_FOUND'],
    ['GET', '/crm/v4/objects/contacts', 404, 'OBJECT_NOT_FOUND'],
    ['GET', '/crm/v3/objects/contacts/1', 404, 'OBJECT_NOT_FOUND'],
    ['PATCH', '/crm/v3/objects/contacts/1', 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/crm/v3/objects/contacts/gdpr-delete', 400, 'VALIDATION_ERROR'],
    ['GET', '/crm/v3/objects/contacts?limit=101', 400, 'VALIDATION_ERROR'],
    ['GET', '/crm/v3/objects/contacts?after=nonsense', 400, 'VALIDATION_ERROR'],
  ])('refuses %s %s with %d %s', async (method, path, status, category) => {
    const answer = await hubspot(simulator, method, path);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      status: 'error',
      message: expect.any(String),
      correlationId: expect.stringMatching(UUID),
      category,
    });
  });
});

describe('HubSpot limits', () => {
  it('counts down, refuses the call beyond, and admits again when the oldest call is ten seconds old', async () => {
    const clock = handClock();
    const simulator = await startSimulator({ customers: 50, now: clock.now, rateLimits: { hubspotPer10s: 2 } });
    const list = () => hubspot(simulator, 'GET', '/crm/v3/objects/contacts?limit=1');
    try {
      const first = await list();
      clock.advance(4000);
      await list();
      const refused = await list();
      expect(first.headers.get('x-hubspot-ratelimit-max')).toBe('2');
      expect(first.headers.get('x-hubspot-ratelimit-remaining')).toBe('1');
      expect(first.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000');
      expect(first.headers.get('x-hubspot-ratelimit-daily')).toBe('1000000');
      expect(first.headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('999999');
      expect(refused.status).toBe(429);
      expect(refused.headers.get('x-hubspot-ratelimit-remaining')).toBe('0');
      expect(refused.body).toEqual({
        status: 'error',
        message: 'You have reached your ten_secondly_rolling limit.',
        errorType: 'RATE_LIMIT',
        correlationId: expect.stringMatching(UUID),
        policyName: 'TEN_SECONDLY_ROLLING',
        requestId: expect.stringMatching(UUID),
      });
      clock.advance(6000);
      expect((await list()).status).toBe(200);
      expect((await list()).status).toBe(429);
    } finally {
      await simulator.close();
    }
  });
});
