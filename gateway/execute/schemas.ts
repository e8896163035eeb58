/**
 * The two schemas a supergraph holds: the full one (what is planned and projected) and the public one (what clients see).
 * Must not change what a type means: it only leaves out what federation added and what is @inaccessible.
 */
import {
  buildASTSchema,
  GraphQLError,
  Kind,
  parse,
  visit,
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { readInterfaceObjects, type InterfaceObjects } from './interface-objects';

export interface SupergraphSchemas {
  /** Everything, @inaccessible included. */
  readonly full: GraphQLSchema;
  /** The API schema: no @inaccessible element, nothing of join, link, tag or inaccessible; other directives stay. */
  readonly public: GraphQLSchema;
  /** The subgraphs' names as in `@join__graph(name:)`. */
  readonly subgraphNames: ReadonlySet<string>;
  readonly interfaceObjects: InterfaceObjects | undefined;
}

export function readSupergraph(supergraphSdl: string): SupergraphSchemas {
  const document = parse(supergraphSdl, { noLocation: true });
  const full = buildASTSchema(document, { assumeValidSDL: true });
  const subgraphNames = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph') {
      for (const value of definition.values ?? []) {
        const name = argumentOf(value.directives, 'join__graph', 'name');
        if (typeof name === 'string') subgraphNames.add(name);
      }
    }
  }
  if (subgraphNames.size === 0) {
    throw new GraphQLError('Expected a federation 2 supergraph with the enum join__Graph, got a schema without it.');
  }
  return {
    full,
    public: publicSchemaOf(document),
    subgraphNames,
    interfaceObjects: readInterfaceObjects(document),
  };
}

const FEDERATION_TYPE = /^(join|link|core|context)__/;
const FEDERATION_DIRECTIVE =
  /^((join|core|context)__.*|link|core|tag|inaccessible|authenticated|requiresScopes|policy|cost|listSize)$/;

function publicSchemaOf(document: DocumentNode): GraphQLSchema {
  const hidden = new Set<string>();
  for (const definition of document.definitions) {
    if ('directives' in definition && 'name' in definition && isInaccessible(definition) && definition.name) {
      hidden.add(definition.name.value);
    }
  }
  const visible = visit(document, {
    enter(node) {
      switch (node.kind) {
        case Kind.DIRECTIVE_DEFINITION:
          return FEDERATION_DIRECTIVE.test(node.name.value) ? null : undefined;
        case Kind.DIRECTIVE:
          return FEDERATION_DIRECTIVE.test(node.name.value) ? null : undefined;
        case Kind.SCALAR_TYPE_DEFINITION:
        case Kind.ENUM_TYPE_DEFINITION:
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.INTERFACE_TYPE_DEFINITION:
        case Kind.UNION_TYPE_DEFINITION:
        case Kind.INPUT_OBJECT_TYPE_DEFINITION:
          return hidden.has(node.name.value) || FEDERATION_TYPE.test(node.name.value) ? null : undefined;
        case Kind.FIELD_DEFINITION:
        case Kind.INPUT_VALUE_DEFINITION:
        case Kind.ENUM_VALUE_DEFINITION:
          return isInaccessible(node) ? null : undefined;
        case Kind.NAMED_TYPE:
          // Only lists of names (union members, `implements`) may lose one; a visible field never has a hidden type.
          return hidden.has(node.name.value) ? null : undefined;
        default:
          return undefined;
      }
    },
  });
  return buildASTSchema(visible, { assumeValidSDL: true });
}

function isInaccessible(node: ASTNode): boolean {
  return 'directives' in node && (node.directives ?? []).some((directive) => directive.name.value === 'inaccessible');
}

function argumentOf(directives: readonly DirectiveNode[] | undefined, directive: string, argument: string): unknown {
  const node = directives?.find((candidate) => candidate.name.value === directive);
  const value = node?.arguments?.find((candidate) => candidate.name.value === argument)?.value;
  return value !== undefined && 'value' in value ? value.value : undefined;
}
