/**
 * `defineSubgraph`: from type-graphql classes to an enforced federation subgraph. The only file that knows both type-graphql
 * and @apollo/subgraph. Must not load, decide or serve anything.
 *
 *     classes ─▶ type-graphql schema ─▶ SDL with directives ─▶ + policy definitions ─▶ subgraph schema ─▶ enforcePolicy
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { graphqlSync, Kind, parse } from 'graphql';
import type { DefinitionNode, DocumentNode, FieldDefinitionNode, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { buildSchemaSync, createResolversMap } from 'type-graphql';
import type { NonEmptyArray } from 'type-graphql';
import { enforcePolicy } from '../schema/enforce';
import type { EnforceOptions, EnforcementContext } from '../schema/enforce';

type Class = abstract new (...args: never[]) => unknown;

interface SubgraphParts<Context> {
  /** As in `@join__graph(name:)`, lower case. */
  readonly name: string;
  readonly resolvers: NonEmptyArray<new () => object>;
  /** Entity classes: always passed on, since one that no root field reaches would vanish without a word. */
  readonly entities: NonEmptyArray<Class>;
  /** Reference resolver of each entity: representation → parent object. Must not load: fields do. */
  readonly references: Readonly<
    Record<string, (representation: Record<string, unknown>, context: Context, info: GraphQLResolveInfo) => unknown>
  >;
}

export interface SubgraphDefinition<Context extends EnforcementContext> extends SubgraphParts<Context>, EnforceOptions {
  readonly policy?: undefined;
  /** True for every subgraph but profiles: its fields wait for the decision and the source keys that profiles gives. */
  readonly needsAccess: boolean;
  /** Last touch on the schema below enforcement: what is wrapped here never runs for what is withheld. */
  readonly prepare?: (schema: GraphQLSchema) => void;
}

/** A graph without customers, as tests of other people's bring it. It cannot be served: `createEndpoint` refuses its schema. */
export interface UnenforcedDefinition<Context = unknown> extends SubgraphParts<Context> {
  readonly policy: 'none';
  /** `extend schema @link…`, and what else of SDL no class can say. */
  readonly header: string;
}

export interface Subgraph {
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** `_service.sdl`: the contract, committed in schema/generated/. */
  readonly sdl: string;
}

const HEADER = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.7", import: [
      "@key", "@requires", "@external", "@shareable", "@inaccessible", "@composeDirective"
    ])
    @link(url: "https://facet.example/policy/v1.0", import: ["@personalData", "@notPersonal"])
    @composeDirective(name: "@personalData")
    @composeDirective(name: "@notPersonal")
`;

/** What profiles answers for the others: the decision, and this customer's ids at the sources. */
const EXTERNAL = `
  "The policy decision for one request and customer. Opaque, internal."
  scalar Access @inaccessible
  "A customer's id at one source. Internal."
  type SourceKey @inaccessible @shareable { source: String! key: String! }
  type Customer { access: Access @external sourceKeys: [SourceKey!]! @external }
`;

const NO_PUB_SUB = {
  publish: () => {
    throw new Error('Expected a subscription to bring its own source stream, but it publishes.');
  },
  subscribe: () => {
    throw new Error('Expected a subscription to bring its own source stream, but it subscribes.');
  },
};

const policyDefinitions = parse(
  readFileSync(path.join(__dirname, '..', 'schema', 'policy.graphql'), 'utf8'),
).definitions;

/** Errors: throws when a field is unclassified, non-null though classified, or wrongly masked; the message lists them. */
export function defineSubgraph<Context extends EnforcementContext>(
  definition: SubgraphDefinition<Context> | UnenforcedDefinition<Context>,
): Subgraph {
  const code = buildSchemaSync({
    resolvers: definition.resolvers,
    orphanedTypes: [...definition.entities] as Array<new () => object>,
    skipCheck: true,
    validate: false,
    // type-graphql wants one as soon as there is a subscription; ours bring their own source stream.
    pubSub: NO_PUB_SUB,
  });
  // The SDL text of this step quotes enum arguments; buildSubgraphSchema repairs it, so only its own SDL is ever shown.
  const printed = parse(printSchemaWithDirectives(code)).definitions;
  const typeDefs: DocumentNode = { kind: Kind.DOCUMENT, definitions: assemble(printed, definition) };

  const resolvers = createResolversMap(code) as Record<string, Record<string, unknown>>;
  for (const [typeName, resolveReference] of Object.entries(definition.references)) {
    resolvers[typeName] = { ...resolvers[typeName], __resolveReference: resolveReference };
  }
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  const { name } = definition;
  const sdl = sdlOf(schema);
  if (definition.policy === 'none') {
    schema.extensions = { ...schema.extensions, policy: 'none' };
    return { name, schema, sdl };
  }
  definition.prepare?.(schema);
  return { name, schema: enforcePolicy(schema, definition), sdl };
}

function assemble(
  printed: readonly DefinitionNode[],
  definition:
    Pick<SubgraphDefinition<never>, 'policy' | 'needsAccess'> | Pick<UnenforcedDefinition, 'policy' | 'header'>,
): DefinitionNode[] {
  // Root types are known by their names.
  const own = printed.filter(({ kind }) => kind !== Kind.SCHEMA_DEFINITION);
  if (definition.policy === 'none') return [...parse(definition.header).definitions, ...own];
  const known = new Set(policyDefinitions.map(nameOf));
  const named = own.filter((node) => !known.has(nameOf(node)));
  const definitions = [...parse(HEADER).definitions, ...policyDefinitions, ...named];
  return definition.needsAccess ? withAccess(definitions) : definitions;
}

/** Adds the external fields to Customer, and `@requires` to each field the subgraph contributes. */
function withAccess(definitions: readonly DefinitionNode[]): DefinitionNode[] {
  const [scalar, sourceKey, external] = parse(EXTERNAL).definitions;
  const requires =
    firstField('type T { f: Int @requires(fields: "access sourceKeys { source key }") }').directives ?? [];
  const extended = definitions.map((node): DefinitionNode => {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION || node.name.value !== 'Customer') return node;
    const contributed = (node.fields ?? []).map((field) =>
      field.name.value === 'id' ? field : { ...field, directives: [...(field.directives ?? []), ...requires] },
    );
    const added = external?.kind === Kind.OBJECT_TYPE_DEFINITION ? (external.fields ?? []) : [];
    return { ...node, fields: [...contributed, ...added] };
  });
  return [...extended, ...[scalar, sourceKey].filter((node) => node !== undefined)];
}

function firstField(sdl: string): FieldDefinitionNode {
  const [type] = parse(sdl).definitions;
  const field = type?.kind === Kind.OBJECT_TYPE_DEFINITION ? type.fields?.[0] : undefined;
  if (field === undefined) throw new Error(`expected a type with a field, but got: ${sdl}`);
  return field;
}

function nameOf(node: DefinitionNode): string {
  const name = 'name' in node ? node.name?.value : undefined;
  return `${node.kind === Kind.DIRECTIVE_DEFINITION ? '@' : ''}${name ?? ''}`;
}

function sdlOf(schema: GraphQLSchema): string {
  const { data } = graphqlSync({ schema, source: '{ _service { sdl } }' });
  return (data as unknown as { _service: { sdl: string } })._service.sdl;
}
