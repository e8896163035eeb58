/** When the native planner is asked, and what of its work is kept. */
import { QueryPlanner } from '@graphql-hive/router-query-planner';
import { parse } from 'graphql';
import { createMetrics } from '../../gateway/metrics';
import { createExecutor } from '../../gateway/execute/executor';
import { parseStoredPlans, printStoredPlans } from '../../gateway/execute/stored-plans';
import { customerGraph } from './customer-graph';

afterEach(() => void jest.restoreAllMocks());

describe('Planning ahead', () => {
  test('asks beside this thread, once for each outcome of the conditions, and not again', async () => {
    const { executor } = customerGraph();
    const plan = jest.spyOn(QueryPlanner.prototype, 'plan');
    const planAsync = jest.spyOn(QueryPlanner.prototype, 'planAsync');
    const document = parse('query ($a: Boolean!) { shop @skip(if: $a) customer(id: 1) { name } }');
    await Promise.all([executor.planAhead(document), executor.planAhead(parse('{ shop }'))]);
    executor.prepare(document);
    executor.prepare(parse('{ shop }'));
    expect([planAsync.mock.calls.length, plan.mock.calls.length]).toEqual([3, 0]);
  });

  test('says nothing of what cannot be planned: preparing does', async () => {
    const { executor } = customerGraph();
    for (const text of ['{ nothing }', '{ shop @defer }']) {
      await executor.planAhead(parse(text));
      expect(() => executor.prepare(parse(text))).toThrow('Expected an operation this gateway executes completely');
    }
  });
});

describe('Stored plans', () => {
  test('are used instead of planning, and are the ones that planning gives', () => {
    const planned = new Map<string, unknown>();
    const { executor, supergraphSdl } = customerGraph({ onPlanned: (text, plan) => void planned.set(text, plan) });
    const document = parse('{ customer(id: 1) { name contact { email } } }');
    executor.prepare(document);
    const text = printStoredPlans(supergraphSdl, planned);
    expect(printStoredPlans(supergraphSdl, new Map([...planned].reverse()))).toBe(text);

    const plan = jest.spyOn(QueryPlanner.prototype, 'plan');
    const transport = () => Promise.resolve({});
    const transports = { profiles: transport, crm: transport, commerce: transport };
    createExecutor({ supergraphSdl, transports, storedPlans: parseStoredPlans(text) }).prepare(document);
    expect(plan).not.toHaveBeenCalled();
    createExecutor({ supergraphSdl, transports }).prepare(document);
    expect(plan).toHaveBeenCalledTimes(1);
  });

  test('are held to everything a plan is held to', () => {
    const { supergraphSdl } = customerGraph();
    const transport = () => Promise.resolve({});
    const transports = { profiles: transport, crm: transport, commerce: transport };
    const bad = printStoredPlans(
      supergraphSdl,
      new Map([['{\n  shop\n}', { kind: 'QueryPlan', node: { kind: 'Loop' } }]]),
    );
    const executor = createExecutor({ supergraphSdl, transports, storedPlans: parseStoredPlans(bad) });
    expect(() => executor.prepare(parse('{ shop }'))).toThrow('got the plan node "Loop"');
  });
});

describe('The plans that are kept', () => {
  test('are counted, and bounded', async () => {
    const { executor } = customerGraph({ planCacheSize: 2 });
    const [shop, version, both] = ['{ shop }', '{ crmVersion }', '{ shop crmVersion }'].map((text) => parse(text));
    for (const document of [shop, shop, version, both, both]) executor.prepare(document as NonNullable<typeof shop>);
    expect(() => executor.prepare(parse('{ nothing }'))).toThrow();
    expect({ ...executor.planCache }).toEqual({ size: 2, hits: 2, misses: 4, evictions: 1 });

    const metrics = createMetrics();
    metrics.watchExecutor(() => executor);
    const lines = (await metrics.text()).split('\n').filter((line) => /^facet_plan/.test(line));
    expect(lines).toEqual([
      'facet_plans 2',
      'facet_plan_lookups_total{outcome="hit"} 2',
      'facet_plan_lookups_total{outcome="miss"} 4',
      'facet_plan_evictions_total 1',
    ]);
  });
});
