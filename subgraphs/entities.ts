/**
 * The root field `_entities` without a promise per entity: @apollo/subgraph waits for each, though reference resolvers only keep the
 * representation. Gives what it gives; what it alone knows (interfaces, types that are not there) is left to it. Must not load: who
 * defines the subgraph does, once for all entities.
 */
import { isObjectType } from 'graphql';
import type { GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { isThenable, whenKnown } from '../schema/maybe-promise';
import type { MaybePromise } from '../schema/maybe-promise';

type Representation = Record<string, unknown> & { readonly __typename: string };
type ResolveReference = (representation: Representation, context: unknown, info: GraphQLResolveInfo) => unknown;

/** Given every entity of one `_entities` field before its fields are resolved. undefined: there is nothing to wait for. */
export type LoadEntities<Context = unknown> = (
  entities: readonly unknown[],
  context: Context,
  info: GraphQLResolveInfo,
) => Promise<void> | undefined;

export function resolveEntities(schema: GraphQLSchema, load?: LoadEntities): void {
  const field = schema.getQueryType()?.getFields()._entities;
  const byApollo = field?.resolve;
  if (field === undefined || byApollo === undefined) return;
  const references = new Map<string, ResolveReference>();
  for (const type of Object.values(schema.getTypeMap())) {
    const reference = isObjectType(type) ? referenceOf(type) : undefined;
    if (reference !== undefined) references.set(type.name, reference);
  }

  field.resolve = (root, args, context, info) => {
    const { representations } = args as { readonly representations: readonly Representation[] };
    if (!representations.every(({ __typename }) => references.has(__typename)))
      return byApollo(root, args, context, info);
    const entities = representations.map((representation) => entityOf(references, representation, context, info));
    if (load === undefined) return entities;
    // One that is still to come has to be waited for before all can be loaded.
    const known = entities.some(isThenable) ? Promise.all(entities.map(orFailure)) : entities;
    return whenKnown(known as MaybePromise<unknown[]>, (all) => {
      const found = all.filter((entity) => !(entity instanceof Error));
      return load(found, context, info)?.then(() => all) ?? all;
    });
  };
}

/** What cannot be resolved is an Error in its place, which GraphQL makes null and tells with its path: the others are answered. */
function entityOf(
  references: ReadonlyMap<string, ResolveReference>,
  representation: Representation,
  context: unknown,
  info: GraphQLResolveInfo,
): unknown {
  const { __typename } = representation;
  try {
    const entity = references.get(__typename)?.(representation, context, info);
    return whenKnown(entity as MaybePromise<unknown>, (known) => named(known, __typename));
  } catch (error) {
    return failureOf(error);
  }
}

function orFailure(entity: unknown): unknown {
  return isThenable(entity) ? Promise.resolve(entity).catch(failureOf) : entity;
}

function failureOf(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error('Expected an entity, but it could not be resolved.', { cause: error });
}

function referenceOf({ extensions }: GraphQLObjectType): ResolveReference | undefined {
  const { apollo } = extensions as {
    readonly apollo?: { readonly subgraph?: { resolveReference?: ResolveReference } };
  };
  return apollo?.subgraph?.resolveReference;
}

/** The union of all entities tells them apart by this. */
function named(entity: unknown, __typename: string): unknown {
  if (typeof entity !== 'object' || entity === null) return entity;
  if ((entity as { readonly __typename?: unknown }).__typename === __typename) return entity;
  return Object.defineProperty(entity, '__typename', { value: __typename });
}
