/**
 * From a source's definition to its running subgraph: schema, loader per request, endpoint. Knows sources in general and none
 * in particular.
 */
import { responsePathAsArray } from 'graphql';
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { withholdAll } from '../schema/access';
import type { Access } from '../schema/access';
import type { EnforcementContext } from '../schema/enforce';
import type { DataCategory } from '../schema/policy';
import { createEndpoint } from './endpoint';
import type { RequestScope, SubgraphEndpoint } from './endpoint';
import type { Source } from './source';
import { prepareSourceCustomer } from './source.customer';
import type { CreateSourceCustomer, SourceCustomer } from './source.customer';
import { createRecordLoader } from './source.load';
import type { LoadDependencies, LoadedRecord, RecordLoader } from './source.load';
import { prepareSelectedCategories } from './source.selection';
import { defineSubgraph } from './subgraph';
import type { ReadAudit } from './read-log';
import type { Subgraph } from './subgraph';

interface SourceContext extends EnforcementContext {
  readonly loader: RecordLoader;
  readonly stale: RequestScope['stale'];
  readonly redecide: RequestScope['redecide'];
  readonly createCustomer: CreateSourceCustomer;
  readonly categoriesIn: (info: GraphQLResolveInfo) => readonly DataCategory[];
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
      Customer: (representation, context, info) => {
        const customer = customerOf(source.name, representation, context);
        // Nobody vouches for the request: nothing is to be seen, so nothing is loaded.
        if (context.policy === undefined) return customer;
        const loading = customer.prefetch(context.categoriesIn(info));
        return loading === undefined ? customer : loading.then(() => customer);
      },
    },
    prepare: rememberPlace,
  });
}

export function createSourceEndpoint(
  subgraph: Subgraph,
  dependencies: LoadDependencies,
  audit?: Pick<ReadAudit, 'note'>,
): SubgraphEndpoint {
  const createCustomer = prepareSourceCustomer(subgraph.schema);
  const categoriesIn = prepareSelectedCategories(subgraph.schema);
  return createEndpoint<SourceContext>({
    schema: subgraph.schema,
    audit,
    contextOf: (scope) => ({
      ...scope,
      createCustomer,
      categoriesIn,
      loader: createRecordLoader(dependencies, scope.policy, scope.whenUnwanted),
    }),
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
      const note = () => noteState(record, source, customer, context);
      if (customer.place === undefined) customer.onPlaced = note;
      else note();
      return record;
    },
  });
}

/** Says beside the answer that a record is stale, or told something the decision rests on. */
function noteState(
  record: LoadedRecord | null,
  source: string,
  { place }: SourceCustomer,
  { stale, redecide }: SourceContext,
): void {
  if (record === null || place === undefined) return;
  if (record.staleSince !== null) {
    const fetchedAt = new Date(record.staleSince).toISOString();
    stale.push({ path: responsePathAsArray(place), source, fetchedAt });
  }
  if (record.redecide) redecide.push({ path: responsePathAsArray(place), source });
}

/** Notes where in the response a customer stands, so that what is said of its record can be placed. */
function rememberPlace(schema: GraphQLSchema): void {
  const customer = schema.getType('Customer');
  if (customer === undefined || !('getFields' in customer)) return;
  for (const field of Object.values(customer.getFields())) {
    const inner = 'resolve' in field ? field.resolve : undefined;
    if (inner === undefined) continue;
    field.resolve = (parent: SourceCustomer, args: never, context: unknown, info: GraphQLResolveInfo) => {
      if (parent.place === undefined) {
        parent.place = info.path.prev;
        parent.onPlaced?.();
      }
      return inner(parent, args, context, info);
    };
  }
}
