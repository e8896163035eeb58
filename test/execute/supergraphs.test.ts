/** Each feature of federation by itself: an operation, and the complete response, written down. */
import { parse, validate } from 'graphql';
import { SUPERGRAPHS } from './supergraphs';
import type { Supergraph } from './supergraphs/supergraph';
import { createWorldGraph, type WorldGraph } from './world-graph';

const graphs = new Map<Supergraph, WorldGraph>();
const graphOf = (supergraph: Supergraph): WorldGraph => {
  const graph = graphs.get(supergraph) ?? createWorldGraph(supergraph);
  graphs.set(supergraph, graph);
  return graph;
};

const CASES = SUPERGRAPHS.flatMap((supergraph) =>
  supergraph.cases.map((each) => [supergraph.name, each.operation, supergraph, each] as const),
);

test.each(CASES)(
  '%s: %s',
  async (_name, _operation, supergraph, { operation, variables, given = {}, asked, response }) => {
    const graph = graphOf(supergraph);
    graph.begin({ given });
    const document = parse(operation);
    expect(validate(graph.executor.publicSchema, document)).toEqual([]);
    expect(await graph.run(document, variables)).toEqual(response);
    if (asked !== undefined) expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(asked);
  },
);
