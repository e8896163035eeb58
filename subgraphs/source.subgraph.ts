/**
 * From a source's definition to its running subgraph: schema, loader per request, endpoint. Knows sources in general and none
 * in particular.
 */
import { responsePathAsArray } from 'graphql';
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { withholdAll } from '../schema/access';
import type { Access } from '../schema/access';
import type { EnforcementContext } from '../schema/enforce';
import { createEndpoint } from './endpoint';
import type { RequestScope, SubgraphEndpoint } from './endpoint';
import type { Source } from './source';
import { prepareSourceCustomer } from './source.customer';
import type { CreateSourceCustomer, SourceCustomer } from './source.customer';
import { createRecordLoader } from './source.load';
import type { LoadDependencies, RecordLoader } from './source.load';
import { defineSubgraph } from './subgraph';
import type { Subgraph } from './subgraph';

interface SourceContext extends EnforcementContext {
  readonly loader: RecordLoader;
  readonly stale: RequestScope['stale'];
  readonly redecide: RequestScope['redecide'];
  readonly createCustomer: CreateSourceCustomer;
}

/** The subgraph of a source, without anything to run it: enough for the contract. */
export function defineSourceSubgraph(source: Source, { maskKey }: { readonly maskKey: string }): Subgraph {
  return defineSubgraph<SourceContext>({
    name: source.name,
    resolvers: source.resolvers,
    entities: source.entities,
    needsAccess: true,
    maskKey,
    // Profiles has decided; the representation carries the decision, and the signed policy vouches for the representation.
    accessOf: (customer) => (customer as SourceCustomer).access ?? withholdAll('UNAVAILABLE'),
    references: {
      Customer: (representation, context) => customerOf(source.name, representation, context),
    },
    prepare: rememberPlace,
  });
}

export function createSourceEndpoint(subgraph: Subgraph, dependencies: LoadDependencies): SubgraphEndpoint {
  const createCustomer = prepareSourceCustomer(subgraph.schema);
  return createEndpoint<SourceContext>({
    schema: subgraph.schema,
    contextOf: (scope) => ({ ...scope, createCustomer, loader: createRecordLoader(dependencies, scope.policy) }),
  });
}

function customerOf(source: string, representation: Record<string, unknown>, context: SourceContext): SourceCustomer {
  const { id, access, sourceKeys } = representation as {
    id: string;
    access?: Access;
    sourceKeys?: ReadonlyArray<{ source: string; key: string }>;
  };
  return context.createCustomer({
    id,
    access,
    keys: (sourceKeys ?? []).filter((sourceKey) => sourceKey.source === source).map(({ key }) => key),
    load: async (customer) => {
      const record = await context.loader.load(customer);
      if (record !== null && record.staleSince !== null && customer.place) {
        const fetchedAt = new Date(record.staleSince).toISOString();
        context.stale.push({ path: responsePathAsArray(customer.place), source, fetchedAt });
      }
      if (record?.redecide && customer.place) {
        context.redecide.push({ path: responsePathAsArray(customer.place), source });
      }
      return record;
    },
  });
}

/** Notes where in the response a customer stands, so that what is said of its record can be placed. */
function rememberPlace(schema: GraphQLSchema): void {
  const customer = schema.getType('Customer');
  if (customer === undefined || !('getFields' in customer)) return;
  for (const field of Object.values(customer.getFields())) {
    const inner = 'resolve' in field ? field.resolve : undefined;
    if (inner === undefined) continue;
    field.resolve = (parent: SourceCustomer, args: never, context: unknown, info: GraphQLResolveInfo) => {
      parent.place ??= info.path.prev;
      return inner(parent, args, context, info);
    };
  }
}
