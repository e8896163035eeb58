/**
 * What is refused of interface objects: subgraphs that know of a family of entity types only that there is one, and answer its
 * entities without their type. Must not plan or execute.
 *
 * The native planner 0.0.38 plans a fragment on one of those types wrongly where such a subgraph answers the field around it: it asks
 * for the type and for what depends on it at once, or drops all but one of several fragments. Elsewhere it plans them well.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { refusal } from './refusal';

export interface InterfaceObjects {
  /** The subgraphs, as `join__Graph` names them, that define the interface as an object; empty for any other type. */
  graphsOf(interfaceName: string): ReadonlySet<string>;
  /** The subgraphs that answer a field. */
  graphsOfField(typeName: string, field: string): ReadonlySet<string>;
}

/** undefined for a supergraph without any. */
export function readInterfaceObjects(supergraph: DocumentNode): InterfaceObjects | undefined {
  const objects = new Map<string, Set<string>>();
  const types = new Map<string, ReadonlySet<string>>();
  const fields = new Map<string, ReadonlySet<string>>();
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const name = node.name.value;
    types.set(name, graphsIn(node, 'join__type'));
    const asObject = node.directives?.filter((each) => argumentOf(each, 'isInterfaceObject') === true) ?? [];
    if (asObject.length > 0) objects.set(name, graphsIn({ ...node, directives: asObject }, 'join__type'));
    for (const field of node.fields ?? []) {
      const own = field.directives?.filter((each) => argumentOf(each, 'external') !== true) ?? [];
      if (own.some((each) => each.name.value === 'join__field')) {
        fields.set(`${name}.${field.name.value}`, graphsIn({ ...field, directives: own }, 'join__field'));
      }
    }
  }
  if (objects.size === 0) return undefined;
  const none: ReadonlySet<string> = new Set();
  return {
    graphsOf: (name) => objects.get(name) ?? none,
    graphsOfField: (typeName, field) => fields.get(`${typeName}.${field}`) ?? types.get(typeName) ?? none,
  };
}

function graphsIn(node: ASTNode & { readonly directives?: readonly DirectiveNode[] }, directive: string): Set<string> {
  const own = node.directives?.filter((each) => each.name.value === directive) ?? [];
  return new Set(own.flatMap((each) => argumentOf(each, 'graph') ?? []).map(String));
}

function argumentOf(directive: DirectiveNode, name: string): unknown {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value !== undefined && 'value' in value ? value.value : undefined;
}

/** Errors: OPERATION_UNSUPPORTED for a fragment on one type among entities whose subgraph may not know their types. */
export function refuseNarrowing(
  definition: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  rootType: GraphQLCompositeType,
  schema: GraphQLSchema,
  interfaceObjects: InterfaceObjects | undefined,
): void {
  if (interfaceObjects === undefined) return;
  const visited = new Set<string>();

  /** `graphs`: the subgraphs that may answer the field whose selection this is part of. */
  const walk = (set: SelectionSetNode, parent: GraphQLCompositeType, graphs: ReadonlySet<string>): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const field = 'getFields' in parent ? parent.getFields()[selection.name.value] : undefined;
        const type = field && getNamedType(field.type);
        if (selection.selectionSet === undefined || !isCompositeType(type)) continue;
        walk(selection.selectionSet, type, graphsOfField(parent, selection.name.value));
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition?.name.value;
      const type = condition === undefined ? parent : schema.getType(condition);
      if (!isCompositeType(type)) continue;
      refuseUnlessTyped(parent, type, graphs);
      const key = `${selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : ''} ${type.name} ${[...graphs].join()}`;
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(key)) continue;
      visited.add(key);
      walk(fragment.selectionSet, type, graphs);
    }
  };

  /** Of an interface object's field its types say nothing of their own. */
  const graphsOfField = (parent: GraphQLCompositeType, field: string): ReadonlySet<string> => {
    const interfaces = isObjectType(parent) || isInterfaceType(parent) ? parent.getInterfaces() : [];
    const graphs = [parent, ...interfaces].map(({ name }) => interfaceObjects.graphsOfField(name, field));
    return new Set(graphs.flatMap((each) => [...each]));
  };

  const refuseUnlessTyped = (
    parent: GraphQLCompositeType,
    type: GraphQLCompositeType,
    graphs: ReadonlySet<string>,
  ): void => {
    const picks = parent !== type && !(isAbstractType(type) && isWithin(schema, parent, type));
    if (!picks) return;
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    for (const { name } of possible.flatMap((each) => each.getInterfaces())) {
      if (![...interfaceObjects.graphsOf(name)].some((graph) => graphs.has(graph))) continue;
      throw refusal(`a fragment on ${type.name} where a subgraph may know no more than the interface object ${name}`);
    }
  };

  walk(definition.selectionSet, rootType, new Set());
}

/** A fragment on what every object here is picks none out. */
function isWithin(schema: GraphQLSchema, parent: GraphQLCompositeType, type: GraphQLCompositeType): boolean {
  if (!isAbstractType(type)) return false;
  const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
  return possible.every((each) => schema.isSubType(type, each));
}
