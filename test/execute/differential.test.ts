/**
 * Every supergraph of ./supergraphs over a made-up world, with generated operations: our executor must answer as graphql-js does over
 * the graph as a whole, and as Hive's router runtime does, as far as that keeps to the specification. FACET_DIFFERENTIAL_RUNS (default
 * 50) is the number of operations for each supergraph; as many again, halved, have aliases made to collide, which Hive's planning of
 * the client's own text does not survive. FACET_DIFFERENTIAL_SEED has a run by hand meet the same operations again.
 */
import fc from 'fast-check';
import {
  KnownDirectivesRule,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
} from 'graphql';
import { landings } from './compare';
import { explain, isAskedOfAllTypes, type Asked } from './explanations';
import { operationArbitrary, variablesArbitrary, withDistinctKeys } from './random-operation';
import { SUPERGRAPHS } from './supergraphs';
import type { Supergraph } from './supergraphs/supergraph';
import { createWorldGraph, type Answered, type GraphOptions, type WorldGraph } from './world-graph';

const RULES = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && rule !== KnownDirectivesRule);
const RUNS = Number(process.env.FACET_DIFFERENTIAL_RUNS ?? 50);
/** Every run of the suite looks at the same operations; a run by hand looks for new ones, of which some meet deviations not told yet. */
const SEED =
  process.env.FACET_DIFFERENTIAL_RUNS === undefined
    ? { seed: 20_261_124 }
    : seedOf(process.env.FACET_DIFFERENTIAL_SEED);
function seedOf(text: string | undefined) {
  return text === undefined ? {} : { seed: Number(text) };
}
const CONDITIONS = fc.constantFrom<GraphOptions>({}, {}, { losesEntities: true }, { isBroken: true });
const NAMED = SUPERGRAPHS.map((supergraph) => [supergraph.name, supergraph] as const);

const askedOf = ({ asked }: WorldGraph): Asked => ({
  subgraphs: asked.map(({ subgraph }) => subgraph).sort(),
  representations: asked
    .flatMap(({ variables }) => Object.values(variables).flatMap((value) => (Array.isArray(value) ? value : [])))
    .map((representation) => JSON.stringify(representation))
    .sort(),
});

/** undefined for what may be refused: operations the planner finds no plan for, and what the scenario says. */
async function answered({ refused }: Supergraph, run: () => Promise<Answered>): Promise<Answered | undefined> {
  try {
    return await run();
  } catch (error) {
    const { message } = error as Error;
    if (!refused?.test(message)) expect(message).toMatch(/got an operation without a plan|Failed to plan query/);
    return undefined;
  }
}

const operationsOf = ({ apiSchema }: WorldGraph, isNasty: boolean): fc.Arbitrary<string> => {
  const kinds = apiSchema.getMutationType() ? (['query', 'mutation'] as const) : (['query'] as const);
  return fc
    .oneof(...kinds.map((kind) => operationArbitrary(apiSchema, { kind, isNasty })))
    .filter((operation) => validate(apiSchema, parse(operation), RULES).length === 0);
};

const hasInterfaceObject = ({ subgraphs }: Supergraph) =>
  Object.values(subgraphs).some((sdl) => sdl.includes('@interfaceObject'));

const SEEDS = fc.nat(1_000);

describe('Generated operations are answered as by the graph as a whole', () => {
  test.each(NAMED)(
    'with %s',
    async (_name, supergraph) => {
      const graph = createWorldGraph(supergraph);
      let refused = 0;
      const property = fc.asyncProperty(
        operationsOf(graph, true),
        variablesArbitrary,
        SEEDS,
        async (operation, variables, seed) => {
          const document = parse(operation);
          graph.begin({ seed });
          const ours = await answered(supergraph, () => graph.run(document, variables));
          if (ours === undefined) return void refused++;
          const whole = await graph.runWhole(document, variables);
          if (hasInterfaceObject(supergraph) && isAskedOfAllTypes(document, ours, whole)) return;
          expect(JSON.stringify(ours.data)).toBe(JSON.stringify(whole.data));
          expect(landings(ours)).toEqual(landings(whole));
        },
      );
      await fc.assert(property, { numRuns: Math.ceil(RUNS / 2), ...SEED });
      expect(refused).toBeLessThan(RUNS / (supergraph.refused === undefined ? 8 : 2));
    },
    600_000,
  );
});

describe('Generated operations are answered as by Hive’s router runtime', () => {
  test.each(NAMED)(
    'with %s',
    async (_name, supergraph) => {
      const graph = createWorldGraph(supergraph);
      const { apiSchema } = graph;
      let compared = 0;
      const property = fc.asyncProperty(
        operationsOf(graph, false),
        variablesArbitrary,
        SEEDS,
        CONDITIONS,
        async (operation, variables, seed, conditions) => {
          // What Hive asks for though it is skipped answers more when others are down: there is nothing to compare then.
          const isSound = Object.keys(conditions).length === 0;
          const text = isSound ? operation : operation.replaceAll(/@(skip|include)\([^)]*\)/g, '');
          const document = withDistinctKeys(parse(text), apiSchema);
          graph.begin({ seed, ...conditions });
          const ours = await answered(supergraph, () => graph.run(document, variables));
          const askedByUs = askedOf(graph);
          if (ours === undefined) return;
          if (isSound) {
            const whole = await graph.runWhole(document, variables);
            if (!hasInterfaceObject(supergraph) || !isAskedOfAllTypes(document, ours, whole)) {
              expect(JSON.stringify(ours.data)).toBe(JSON.stringify(whole.data));
              expect(landings(ours)).toEqual(landings(whole));
            }
          }
          const hive = await answered(supergraph, () => graph.runHive(document, variables));
          if (hive === undefined) return;
          compared++;
          const askedByHive = askedOf(graph);
          const askHiveForTheRest = async (rest: DocumentNode) => {
            const answer = await graph.runHive(rest, variables);
            return { hive: answer, askedByHive: askedOf(graph) };
          };
          const answers = { ours, hive, askedByUs, askedByHive, askHiveForTheRest };
          const clauses = await explain({ document, variables, apiSchema, ...answers });
          if (clauses === undefined) expect(ours).toEqual(hive);
        },
      );
      await fc.assert(property, { numRuns: RUNS, ...SEED });
      expect(compared).toBeGreaterThan(RUNS / (supergraph.refused === undefined ? 2 : 8));
    },
    600_000,
  );
});
