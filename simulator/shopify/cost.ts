/**
 * What a query costs: reserved before it runs (from the document alone) and charged after (from the answer). Pure.
 *
 * The rule: scalar and enum 0, object 1, interface the dearest of its possible selections, `pageInfo` 0, connection
 * 2 + child cost × ⌊2 · ln(max(2, page size))⌋; a list of nodes by id, child cost × ids. The actual cost is the same sum
 * over what came back, a null object costing 1.
 * Source: shopify.dev "GraphQL Admin API rate limits" (the table); the connection's formula was given by Shopify staff in
 * community.shopify.dev t/24364 and fits a published capture (t/23101: 25 points for 250 variants with an object each).
 * For `nodes(ids:)` nothing is published: the linear count is the strict reading. Actual costs Shopify tunes as it likes.
 */
import {
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields';

/** What a mutation takes by itself. Units: points. Source: as above, the table. */
const MUTATION_COST = 10;

/** The dearest single query. Units: points. */
export const MAX_QUERY_COST = 1000;

interface CostOptions {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** Coerced values. */
  variables: Record<string, unknown>;
}

type Fields = Map<string, readonly FieldNode[]>;

/** The formula's multiplier for a page of `size` records. */
export const pageMultiplier = (size: number): number => Math.floor(2 * Math.log(Math.max(2, size)));

/** Points to reserve. Errors: throws GraphQLError when an argument is missing or wrong, as execution would. */
export const requestedCost = (options: CostOptions): number => costOf(options, undefined);

/** Points used by an answer. Shape: `data` as executed; null charges the root fields alone. */
export const actualCost = (options: CostOptions & { data: unknown }): number => costOf(options, options.data ?? null);

/** With `data` undefined the cost is what could come back; otherwise what did. */
function costOf(options: CostOptions, data: unknown): number {
  const { schema, document, operation, variables } = options;
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') fragments[definition.name.value] = definition;
  }
  const below = (type: GraphQLObjectType, nodes: readonly FieldNode[], value: unknown): number =>
    sum(type, collectSubfields(schema, fragments, variables, type, [...nodes]), value);

  const sum = (type: GraphQLObjectType, fields: Fields, value: unknown): number => {
    let points = 0;
    for (const [key, nodes] of fields) points += field(type, nodes, property(value, key));
    return points;
  };

  const field = (parent: GraphQLObjectType, nodes: readonly FieldNode[], value: unknown): number => {
    const definition = parent.getFields()[nodes[0]!.name.value];
    // `__typename` and introspection are free.
    if (!definition) return 0;
    const named = getNamedType(definition.type);
    if (isLeafType(named) || named.name === 'PageInfo') return 0;
    const args = getArgumentValues(definition, nodes[0]!, variables);
    if (named.name.endsWith('Connection')) {
      const size = value === undefined ? Number(args.first ?? args.last ?? 0) : sizeOf(value);
      return size === 0 ? 2 : 2 + child(named as GraphQLObjectType, nodes, value) * pageMultiplier(size);
    }
    const one = (item: unknown): number => {
      if (item === null) return 1;
      if (!isAbstractType(named)) return 1 + below(named as GraphQLObjectType, nodes, item);
      return 1 + Math.max(...schema.getPossibleTypes(named).map((type) => below(type, nodes, item)));
    };
    if (!isListType(getNullableType(definition.type))) return one(value);
    if (Array.isArray(value)) return value.reduce((points: number, item) => points + one(item), 0);
    return one(undefined) * (Array.isArray(args.ids) ? args.ids.length : 1);
  };

  /** The cost of one record of a connection: of the dearest that came back, or of what is selected. */
  const child = (type: GraphQLObjectType, nodes: readonly FieldNode[], value: unknown): number => {
    const fields = collectSubfields(schema, fragments, variables, type, [...nodes]);
    let points = 0;
    for (const [key, inner] of fields) {
      const name = inner[0]!.name.value;
      const definition = type.getFields()[name];
      if (!definition || (name !== 'nodes' && name !== 'edges')) continue;
      const record = getNamedType(definition.type) as GraphQLObjectType;
      const items = property(value, key);
      // An edge is free: only the node it leads to is an object.
      const price = (item: unknown): number => (name === 'nodes' ? 1 : 0) + below(record, inner, item);
      points += Array.isArray(items) ? Math.max(0, ...items.map(price)) : price(undefined);
    }
    return points;
  };

  const isMutation = operation.operation === 'mutation';
  const root = (isMutation ? schema.getMutationType() : schema.getQueryType())!;
  return (
    (isMutation ? MUTATION_COST : 0) +
    sum(root, collectFields(schema, fragments, variables, root, operation.selectionSet), data)
  );
}

const property = (value: unknown, key: string): unknown =>
  value === undefined ? undefined : ((value as Record<string, unknown> | null)?.[key] ?? null);

function sizeOf(value: unknown): number {
  for (const list of Object.values((value ?? {}) as Record<string, unknown>)) {
    if (Array.isArray(list)) return list.length;
  }
  return 0;
}
