/**
 * A subgraph's answers, ready: what a query selects of each customer is written once, and from then on only looked up by the ids in
 * the request. Answers exactly what is asked, aliases and `__typename` included, since every gateway asks in its own words.
 * Knows `customer`, `customers` and `_entities`, and no more of GraphQL than gateways send.
 */
import { Kind, parse, valueFromASTUntyped } from 'graphql';
import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import type { SubgraphRecord } from './customers';

type Variables = Readonly<Record<string, unknown>>;

interface RootField {
  readonly key: string;
  readonly isList: boolean;
  idsOf(variables: Variables): readonly string[];
  /** JSON of what is selected of this customer. */
  textOf(id: string): string;
}

/** From a request's body to the answer's. */
export function createReadyAnswers(records: ReadonlyMap<string, SubgraphRecord>): (body: string) => string {
  const known = new Map<string, readonly RootField[]>();
  return (body) => {
    const { query, variables = {} } = JSON.parse(body) as { query: string; variables?: Variables };
    const fields = known.get(query) ?? readRootFields(query, records);
    known.set(query, fields);
    const members = fields.map(({ key, isList, idsOf, textOf }) => {
      const texts = idsOf(variables).map(textOf);
      return `${JSON.stringify(key)}:${isList ? `[${texts.join(',')}]` : (texts[0] ?? 'null')}`;
    });
    return `{"data":{${members.join(',')}}}`;
  };
}

function readRootFields(query: string, records: ReadonlyMap<string, SubgraphRecord>): RootField[] {
  const document = parse(query);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragments = fragmentsOf(document);
  return fieldsOf(operation?.selectionSet, fragments).map((field): RootField => {
    const texts = new Map<string, string>();
    const textOf = (id: string) => {
      const record = records.get(id);
      const text = texts.get(id) ?? JSON.stringify(record ? select(record, field.selectionSet, fragments) : null);
      texts.set(id, text);
      return text;
    };
    const argument = (variables: Variables): unknown => {
      const value = field.arguments?.[0]?.value;
      return value && valueFromASTUntyped(value, { ...variables });
    };
    const key = keyOf(field);
    switch (field.name.value) {
      case 'customer':
        return { key, isList: false, textOf, idsOf: (variables) => [argument(variables) as string] };
      case 'customers':
        return { key, isList: true, textOf, idsOf: (variables) => argument(variables) as string[] };
      case '_entities':
        return {
          key,
          isList: true,
          textOf,
          idsOf: (variables) => (argument(variables) as Array<{ id: string }>).map(({ id }) => id),
        };
      case '__typename':
        return { key, isList: false, textOf: () => '"Query"', idsOf: () => [''] };
      default:
        throw new Error(`Expected a root field of the measured graph, but got ${field.name.value}.`);
    }
  });
}

/** What a selection takes of a value. */
export function project(value: unknown, document: DocumentNode): unknown {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return select(value, operation?.selectionSet, fragmentsOf(document));
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function select(value: unknown, selectionSet: SelectionSetNode | undefined, fragments: Fragments): unknown {
  if (Array.isArray(value)) return value.map((each) => select(each, selectionSet, fragments));
  if (value === null || typeof value !== 'object' || selectionSet === undefined) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    fieldsOf(selectionSet, fragments).map((field) => [
      keyOf(field),
      select(record[field.name.value] ?? null, field.selectionSet, fragments),
    ]),
  );
}

/** Each type of the graph has one name only, so a fragment's condition always holds. */
function fieldsOf(selectionSet: SelectionSetNode | undefined, fragments: Fragments): FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const { selectionSet: inner } =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : (fragments.get(selection.name.value) ?? {});
    return fieldsOf(inner, fragments);
  });
}

function keyOf(field: FieldNode): string {
  return (field.alias ?? field.name).value;
}
