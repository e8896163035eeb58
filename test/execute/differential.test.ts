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
  type GraphQLSchema,
} from 'graphql';
import { composed, requestContext, shown, type Resolvers, type SubgraphSource } from './composed';
import { interfaceSchema, splitInterfaceSubgraphs, wholeInterfaceResolvers } from './interface-graph';
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

interface Graph {
  readonly schema: GraphQLSchema;
  readonly resolvers: (seed: number) => Resolvers;
  readonly split: (seed: number) => Record<string, SubgraphSource>;
  /** What may be refused, and how much of all: what the native planner plans wrongly, or finds no plan for. */
  readonly refusals: RegExp;
  readonly mostRefused: number;
  readonly leastCompared: number;
}

const NO_PLAN = /got an operation without a plan/;
const GRAPHS: ReadonlyArray<readonly [string, Graph]> = [
  [
    'a split graph',
    {
      schema: wholeSchema,
      resolvers: wholeResolvers,
      split: splitSubgraphs,
      refusals: NO_PLAN,
      mostRefused: 1 / 5,
      leastCompared: 1 / 2,
    },
  ],
  [
    'a graph with an interface object',
    {
      schema: interfaceSchema,
      resolvers: wholeInterfaceResolvers,
      split: splitInterfaceSubgraphs,
      refusals: /got a fragment on (Book|Film) among the types of the interface object Media/,
      mostRefused: 4 / 5,
      leastCompared: 1 / 5,
    },
  ],
];

async function executeWhole(
  { schema, resolvers }: Graph,
  query: string,
  variables: Record<string, unknown>,
  seed: number,
): Promise<Shown> {
  const seeded = resolvers(seed);
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, info) =>
    (seeded[info.parentType.name]?.[info.fieldName] as GraphQLFieldResolver<unknown, unknown>)(
      source,
      args,
      _context,
      info,
    );
  const document = parse(query);
  return shown((await execute({ schema, document, variableValues: variables, fieldResolver })) as never);
}

test.each(GRAPHS)(
  '%s answers any operation as the whole one does: equal data, equal places of errors',
  async (_name, graph) => {
    const outcomes = { compared: 0, refused: 0, withErrors: 0 };
    // One split graph per seed, made when first asked for.
    const graphs: ReturnType<typeof composed>[] = [];
    const executeSplit = async (query: string, variables: Record<string, unknown>, seed: number): Promise<Shown> => {
      const { executor } = graphs[seed] ?? (graphs[seed] = composed(graph.split(seed), { maxRepresentations: 3 }));
      return shown(await executor.prepare(parse(query)).execute(variables, requestContext()));
    };
    await fc.assert(
      fc.asyncProperty(
        operationArbitrary(graph.schema),
        variablesArbitrary,
        fc.nat(11),
        async (query, variables, seed) => {
          fc.pre(validate(graph.schema, parse(query), RULES).length === 0);
          const whole = await executeWhole(graph, query, variables, seed);
          let split: Shown;
          try {
            split = await executeSplit(query, variables, seed);
          } catch (error) {
            if ((error as { extensions?: { code?: string } }).extensions?.code !== 'OPERATION_UNSUPPORTED') throw error;
            outcomes.refused++;
            // Everything else that is planned must be executed.
            expect((error as Error).message).toMatch(graph.refusals);
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
    expect(outcomes.refused).toBeLessThan(RUNS * graph.mostRefused);
    expect(outcomes.compared).toBeGreaterThan(RUNS * graph.leastCompared);
    expect(outcomes.withErrors).toBeGreaterThan(outcomes.compared / 20);
  },
  600_000,
);
