/**
 * The executor against graphql-js: random operations over random data must give the same data and the same error paths,
 * whether the graph is one schema or split over three subgraphs. FACET_DIFFERENTIAL_RUNS asks for more than the usual 300.
 */
import fc from 'fast-check';
import {
  execute,
  KnownDirectivesRule,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
  type GraphQLFieldResolver,
} from 'graphql';
import { composed, requestContext, shown } from './composed';
import { splitSubgraphs, wholeResolvers, wholeSchema } from './random-graph';
import { operationArbitrary, variablesArbitrary } from './random-operation';

const RULES = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && rule !== KnownDirectivesRule);
const RUNS = Number(process.env.FACET_DIFFERENTIAL_RUNS ?? 300);

interface Shown {
  data?: unknown;
  errors?: unknown[];
}

/** Where an error shows in the data: its path, as far as a null in a non-null place did not take it with it. */
function landings({ data, errors }: Shown): string[] {
  const paths = (errors ?? []).map((error) => {
    const { path = [] } = error as { path?: (string | number)[] };
    let value = data;
    let depth = 0;
    while (depth < path.length && value !== null && value !== undefined)
      value = (value as never)[path[depth++] as never];
    return JSON.stringify(path.slice(0, depth));
  });
  return [...new Set(paths)].sort();
}

async function executeWhole(query: string, variables: Record<string, unknown>, seed: number): Promise<Shown> {
  const resolvers = wholeResolvers(seed);
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, info) =>
    (resolvers[info.parentType.name]?.[info.fieldName] as GraphQLFieldResolver<unknown, unknown>)(
      source,
      args,
      _context,
      info,
    );
  const document = parse(query);
  return shown((await execute({ schema: wholeSchema, document, variableValues: variables, fieldResolver })) as never);
}

/** One split graph per seed, made when first asked for. */
const graphs: ReturnType<typeof composed>[] = [];

async function executeSplit(query: string, variables: Record<string, unknown>, seed: number): Promise<Shown> {
  const { executor } = graphs[seed] ?? (graphs[seed] = composed(splitSubgraphs(seed), { maxRepresentations: 3 }));
  return shown(await executor.prepare(parse(query)).execute(variables, requestContext()));
}

test('a split graph answers any operation as the whole one does: equal data, equal places of errors', async () => {
  const outcomes = { compared: 0, refused: 0, withErrors: 0 };
  await fc.assert(
    fc.asyncProperty(
      operationArbitrary(wholeSchema),
      variablesArbitrary,
      fc.nat(11),
      async (query, variables, seed) => {
        fc.pre(validate(wholeSchema, parse(query), RULES).length === 0);
        const whole = await executeWhole(query, variables, seed);
        let split: Shown;
        try {
          split = await executeSplit(query, variables, seed);
        } catch (error) {
          if ((error as { extensions?: { code?: string } }).extensions?.code !== 'OPERATION_UNSUPPORTED') throw error;
          outcomes.refused++;
          // What the native planner itself finds no plan for; everything it plans must be executed.
          expect((error as Error).message).toContain('got an operation without a plan');
          return;
        }
        outcomes.compared++;
        if (whole.errors !== undefined) outcomes.withErrors++;
        expect(JSON.stringify(split.data)).toBe(JSON.stringify(whole.data));
        expect(landings(split)).toEqual(landings(whole));
      },
    ),
    { numRuns: RUNS, maxSkipsPerRun: 1_000 },
  );
  expect(outcomes.refused).toBeLessThan(RUNS / 5);
  expect(outcomes.compared).toBeGreaterThan(RUNS / 2);
  expect(outcomes.withErrors).toBeGreaterThan(RUNS / 20);
}, 600_000);
