/** Where the native planner has no build: what was planned beforehand is served, all else is refused by name. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'graphql';
import { createExecutor } from '../../gateway/execute/executor';
import type { SubgraphTransport } from '../../gateway/execute/fetch';
import { parseStoredPlans } from '../../gateway/execute/stored-plans';
import { readSubgraphUrls } from '../../gateway/supergraph';
import { loadTemplates } from '../../gateway/templates';
import { requestContext, shown } from './composed';

jest.mock('@graphql-hive/router-query-planner', () => {
  throw new Error('no build for this platform');
});

const SCHEMA = path.join(__dirname, '..', '..', 'schema');
const read = (file: string) => readFileSync(path.join(SCHEMA, 'generated', file), 'utf8');
const supergraphSdl = read('supergraph.graphql');
const storedPlans = parseStoredPlans(read('plans.json'));

const answers: Record<string, unknown> = {
  profiles: {
    _0_customer: {
      __typename: 'Customer',
      id: '1',
      access: 'a',
      sourceKeys: [],
      _0__facet: { permitted: true, reason: null, consentVersion: 1, unsubscribeToken: null, observed: null },
    },
  },
  crm: { _entities: [{ contact: { firstName: 'Ada', email: 'ada@example.org' }, address: null }] },
  commerce: { _entities: [{ lastOrder: null }] },
};
const transports = Object.fromEntries(
  Object.keys(readSubgraphUrls(supergraphSdl, {})).map((name): [string, SubgraphTransport] => [
    name,
    () => Promise.resolve({ data: answers[name] as Record<string, unknown> }),
  ]),
);

test('every template is loaded, and one is served', async () => {
  const executor = createExecutor({ supergraphSdl, transports, storedPlans });
  const templates = await loadTemplates(path.join(SCHEMA, 'templates'), executor);
  const template = templates.byName.get('order-follow-up');
  expect(shown((await template?.byId.execute({ id: '1' }, requestContext())) as never)).toEqual({
    data: {
      customer: {
        _facet: expect.objectContaining({ permitted: true, consentVersion: 1 }) as unknown,
        contact: { firstName: 'Ada', email: 'ada@example.org' },
        address: null,
        lastOrder: null,
      },
    },
  });
});

test('addresses of subgraphs do not matter', () => {
  const moved = supergraphSdl.replaceAll('.facet.internal', '.elsewhere.example');
  expect(moved).not.toBe(supergraphSdl);
  expect(() => createExecutor({ supergraphSdl: moved, transports, storedPlans })).not.toThrow();
});

test('any other operation is refused by name', () => {
  const executor = createExecutor({ supergraphSdl, transports, storedPlans });
  expect(() => executor.prepare(parse('{ customer(id: 1) { id segments } }'))).toThrow(
    'got an operation without a stored plan, where there is no native planner',
  );
});

test('without plans for this very supergraph there is nothing to start', () => {
  expect(() => createExecutor({ supergraphSdl, transports })).toThrow('no build for this platform');
  const changed = supergraphSdl.replace('type Customer ', 'scalar Added\ntype Customer ');
  expect(() => createExecutor({ supergraphSdl: changed, transports, storedPlans })).toThrow(
    'no build for this platform',
  );
});

test.each([['{}'], ['[]'], ['{"supergraph":"x","plans":[{}]}'], ['{"supergraph":"x","plans":[{"operation":"{a}"}]}']])(
  'a file that is not one of plans is refused: %s',
  (text) => {
    expect(() => parseStoredPlans(text)).toThrow('Expected { supergraph, plans: [{ operation, plan }] }');
  },
);
