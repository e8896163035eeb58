/**
 * What each subgraph `@requires` of an entity for a field of it, as the supergraph says. Must not see a plan.
 */
import { isInterfaceType, isObjectType, Kind, parse, type DirectiveNode, type GraphQLSchema } from 'graphql';
import type { SelectionSetNode } from 'graphql';

/** undefined: the subgraph of this name needs nothing but a key. */
export type RequirementsOf = (subgraph: string, type: string, field: string) => SelectionSetNode | undefined;

/** Source: `@join__field(graph:, requires:)` of the join specification v0.3. */
export function readRequirements(full: GraphQLSchema): RequirementsOf {
  const found = new Map<string, SelectionSetNode>();
  const namesByGraph = new Map<unknown, unknown>();
  const graphs = full.getType('join__Graph')?.astNode;
  for (const value of graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : []) {
    const [graph] = (value.directives ?? []).filter(({ name }) => name.value === 'join__graph');
    namesByGraph.set(value.name.value, graph && textOf(graph, 'name'));
  }
  for (const type of Object.values(full.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { name, astNode } of Object.values(type.getFields())) {
      for (const directive of astNode?.directives ?? []) {
        if (directive.name.value !== 'join__field') continue;
        const requires = textOf(directive, 'requires');
        const subgraph = namesByGraph.get(textOf(directive, 'graph'));
        if (requires !== undefined) found.set(`${String(subgraph)} ${type.name}.${name}`, selectionSetOf(requires));
      }
    }
  }
  return (subgraph, type, field) => found.get(`${subgraph} ${type}.${field}`);
}

function selectionSetOf(fieldSet: string): SelectionSetNode {
  const [operation] = parse(`{${fieldSet}}`, { noLocation: true }).definitions;
  return (operation as { selectionSet: SelectionSetNode }).selectionSet;
}

function textOf(directive: DirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}
