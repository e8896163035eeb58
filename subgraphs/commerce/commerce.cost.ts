/**
 * What a document of ours can cost at Shopify at most, from its text and variables. Pure; knows no schema: a field with
 * fields below is an object, one with `first` a connection.
 *
 * Units: points. Source: shopify.dev, API limits: scalar 0, object 1, a connection by `first`. Shopify's real count of long
 * lists is lower (it grows with the logarithm of the size); this is the bound that holds under any reading of the rule.
 */
import { Kind, parse, type FieldNode, type SelectionSetNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

export function queryPoints(query: string, variables: Variables): number {
  const { definitions } = parse(query);
  const fragments = new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet] as const] : [],
    ),
  );
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);

  /** Objects of different types exclude each other, so of several inline fragments the dearest counts. */
  function below(set: SelectionSetNode | undefined): number {
    let points = 0;
    let dearest = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) points += field(selection);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) points += below(fragments.get(selection.name.value));
      else dearest = Math.max(dearest, below(selection.selectionSet));
    }
    return points + dearest;
  }

  function field(node: FieldNode): number {
    if (node.selectionSet === undefined) return 0;
    const first = argument(node, 'first');
    if (first !== undefined) return 2 + Number(first) * below(node.selectionSet);
    // Once per connection and free: Shopify's own count leaves it out.
    if (node.name.value === 'pageInfo') return 0;
    const ids = argument(node, 'ids');
    return (Array.isArray(ids) ? ids.length : 1) * (1 + below(node.selectionSet));
  }

  function argument(node: FieldNode, name: string): unknown {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind === Kind.VARIABLE) return variables[value.name.value];
    return value?.kind === Kind.INT ? Number(value.value) : undefined;
  }

  return below(operation?.selectionSet);
}
