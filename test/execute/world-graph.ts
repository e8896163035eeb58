/**
 * One supergraph over a made-up world, answered three ways: by our executor, by Hive's router runtime with the same planner, and by
 * graphql-js over the graph as a whole. Must not judge the answers.
 */
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { buildASTSchema, buildSchema, execute, parse, print, type DocumentNode, type GraphQLSchema } from 'graphql';
import { createExecutor, dataOf, type Executor } from '../../gateway/execute/executor';
import type { SubgraphRequest, SubgraphResponse, SubgraphTransport } from '../../gateway/execute/fetch';
import { compose, FEDERATION } from './composition';
import { requestContext, throughText } from './composed';
import type { Supergraph } from './supergraphs/supergraph';
import { chance, createWorld, type WorldOptions } from './world';

export interface Answered {
  data?: unknown;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

export interface GraphOptions extends WorldOptions {
  /** True: some subgraphs are down. */
  readonly isBroken?: boolean;
}

export interface WorldGraph {
  readonly executor: Executor;
  readonly apiSchema: GraphQLSchema;
  /** What the next runs meet. */
  begin(options: GraphOptions): void;
  /** Requests since the last run, in order. */
  readonly asked: (SubgraphRequest & { readonly subgraph: string })[];
  /** By our executor. */
  run(document: DocumentNode, variables?: Record<string, unknown>): Promise<Answered>;
  /** By graphql-js, over one schema that has all the fields. */
  runWhole(document: DocumentNode, variables?: Record<string, unknown>): Promise<Answered>;
  /** By Hive's router runtime. */
  runHive(document: DocumentNode, variables?: Record<string, unknown>): Promise<Answered>;
}

export function createWorldGraph({ subgraphs }: Supergraph): WorldGraph {
  let options: GraphOptions = {};
  const { supergraphSdl, apiSdl } = compose(subgraphs);
  const apiSchema = buildSchema(apiSdl);
  const world = createWorld(subgraphs);
  const asked: WorldGraph['asked'] = [];
  const transports: Record<string, SubgraphTransport> = {};
  for (const [name, typeDefs] of Object.entries(subgraphs)) {
    const resolvers = world.resolversOf(name) as never;
    const schema = buildSubgraphSchema([{ typeDefs: parse(FEDERATION + typeDefs), resolvers }]);
    const documents = new Map<string, DocumentNode>();
    transports[name] = throughText(async (request) => {
      asked.push({ subgraph: name, ...request });
      const isDown = options.isBroken === true && chance(`down ${options.seed} ${name}`) % 3 === 0;
      if (isDown) throw new Error('down');
      const document = documents.get(request.query) ?? parse(request.query);
      documents.set(request.query, document);
      return (await execute({ schema, document, variableValues: request.variables })) as SubgraphResponse;
    });
  }
  const executor = createExecutor({ supergraphSdl, transports, maxRepresentations: 3 });
  const handler = hiveHandler(supergraphSdl, transports);
  const begin = (): void => {
    asked.length = 0;
    world.begin(options);
  };
  return {
    executor,
    apiSchema,
    asked,
    begin: (next) => void (options = next),
    async run(document, variables = {}) {
      const operation = executor.prepare(document);
      begin();
      const { dataText, ...rest } = await operation.execute(variables, requestContext());
      return shown({ data: dataOf({ dataText }), ...rest });
    },
    async runWhole(document, variables = {}) {
      begin();
      const fieldResolver = world.resolveWhole as never;
      return shown(await execute({ schema: apiSchema, document, variableValues: variables, fieldResolver }));
    },
    async runHive(document, variables = {}) {
      const { executor: hive } = await handler();
      begin();
      const result = await hive?.({ document, variables, context: {} } as never);
      return shown(result) as Answered;
    },
  };
}

function hiveHandler(supergraphSdl: string, transports: Readonly<Record<string, SubgraphTransport>>) {
  let handler: ReturnType<typeof unifiedGraphHandler> | undefined;
  return () =>
    (handler ??= unifiedGraphHandler({
      unifiedGraph: buildASTSchema(parse(supergraphSdl), { assumeValidSDL: true }),
      getUnifiedGraphSDL: () => supergraphSdl,
      onSubgraphExecute: ((name: string, { document, variables = {} }: { document: DocumentNode; variables: object }) =>
        transports[name]?.(
          { query: print(document), variables: variables as Record<string, unknown> },
          requestContext(),
        )) as never,
    }));
}

/** A result as a client reads it: through JSON. */
function shown(result: unknown): Answered {
  return JSON.parse(JSON.stringify(result)) as Answered;
}
