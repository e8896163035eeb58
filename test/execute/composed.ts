/**
 * Composes hand-made subgraphs into an executor, each reached in this process, with a record of what was asked.
 * Must not know any particular graph.
 */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, validate, type GraphQLFieldResolver } from 'graphql';
import { createExecutor, dataOf, type ExecutorOptions, type GatewayResult } from '../../gateway/execute/executor';
import {
  inProcessTransport,
  type RequestContext,
  type SubgraphRequest,
  type SubgraphResponse,
  type SubgraphTransport,
  type WhenUnwanted,
} from '../../gateway/execute/fetch';
import { textOf } from '../../gateway/execute/request-text';
import { createEndpoint } from '../../subgraphs/endpoint';
import { compose, FEDERATION } from './composition';

export type Resolvers = Record<
  string,
  Record<string, GraphQLFieldResolver<never, never> | ((...args: never[]) => unknown)>
>;

export interface SubgraphSource {
  readonly typeDefs: string;
  readonly resolvers?: Resolvers;
}

export function composeSupergraph(sources: Readonly<Record<string, SubgraphSource>>): string {
  return compose(Object.fromEntries(Object.entries(sources).map(([name, { typeDefs }]) => [name, typeDefs])))
    .supergraphSdl;
}

export type Answer = (
  request: SubgraphRequest,
  context: RequestContext,
) => SubgraphResponse | Promise<SubgraphResponse>;

export interface ComposedOptions extends Partial<Omit<ExecutorOptions, 'supergraphSdl' | 'transports'>> {
  /** Stands in for a subgraph's own answers; `real` asks the subgraph. */
  readonly answers?: Readonly<
    Record<
      string,
      (
        request: SubgraphRequest,
        real: () => Promise<SubgraphResponse>,
        context: RequestContext,
        whenUnwanted?: WhenUnwanted,
      ) => unknown
    >
  >;
  /** Names of subgraphs that are somebody else's. */
  readonly foreign?: readonly string[];
  /** True: requests and answers go through text, as over HTTP. */
  readonly throughText?: boolean;
}

export interface Asked extends SubgraphRequest {
  readonly subgraph: string;
}

export function composed(sources: Readonly<Record<string, SubgraphSource>>, options: ComposedOptions = {}) {
  const { answers = {}, foreign = [], throughText: isText = false, ...executorOptions } = options;
  const asked: Asked[] = [];
  const contexts: RequestContext[] = [];
  const transports: Record<string, SubgraphTransport> = {};
  for (const [name, { typeDefs, resolvers = {} }] of Object.entries(sources)) {
    const real = inProcessTransport(
      createEndpoint({
        schema: buildSubgraphSchema([{ typeDefs: parse(FEDERATION + typeDefs), resolvers: resolvers as never }]),
        contextOf: (scope) => scope,
      }),
    );
    const transport: SubgraphTransport = async (request, context, whenUnwanted) => {
      asked.push({ subgraph: name, ...request });
      contexts.push(context);
      const answer = answers[name];
      return answer === undefined
        ? real(request, context)
        : ((await answer(request, () => real(request, context), context, whenUnwanted)) as SubgraphResponse);
    };
    transports[name] = Object.assign(isText ? throughText(transport) : transport, { isOurs: !foreign.includes(name) });
  }
  const supergraphSdl = composeSupergraph(sources);
  const executor = createExecutor({ supergraphSdl, transports, ...executorOptions });
  return {
    executor,
    asked,
    contexts,
    supergraphSdl,
    /** Executes; `validated: false` for operations that select @inaccessible fields on purpose. */
    async run(
      query: string,
      variables: Record<string, unknown> = {},
      { validated = true, context = requestContext() }: { validated?: boolean; context?: RequestContext } = {},
    ): Promise<ShownResult> {
      const document = parse(query);
      if (validated) {
        const errors = validate(executor.publicSchema, document);
        if (errors.length > 0) throw errors[0];
      }
      return shown(await executor.prepare(document).execute(variables, context));
    },
  };
}

/** The request and the answer, or what stands in for it, are text on the way: as over HTTP, without the sockets. */
export function throughText(answer: SubgraphTransport): SubgraphTransport {
  const transport: SubgraphTransport = async (request, context, whenUnwanted) => {
    const sent = JSON.parse(textOf(request)) as SubgraphRequest;
    const answered: unknown = await answer(sent, context, whenUnwanted);
    const text = typeof answered === 'string' ? answered : JSON.stringify(answered);
    return request.readVerbatim?.(text) ?? (JSON.parse(text) as SubgraphResponse);
  };
  return Object.assign(transport, { sendsJson: true });
}

export function requestContext(deadlineMs = 60_000): RequestContext {
  return { deadlineAt: Date.now() + deadlineMs, requestId: 'test' };
}

export type ShownResult = Omit<GatewayResult, 'dataText' | 'errors'> & {
  data: Record<string, unknown> | null;
  errors?: unknown[];
};

/** A result as a client reads it: through JSON. */
export function shown({ dataText, ...rest }: GatewayResult): ShownResult {
  return JSON.parse(JSON.stringify({ data: dataOf({ dataText }), ...rest })) as ShownResult;
}
