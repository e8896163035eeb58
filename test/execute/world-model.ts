/**
 * What subgraph SDLs say of a graph, field by field: which types are entities and by what they are named, and who answers a field.
 * Must not make data up.
 */
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  isAbstractType,
  isEnumType,
  getNamedType,
  isObjectType,
  Kind,
  parse,
  type DirectiveNode,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { FEDERATION } from './composition';

/** A field as its subgraphs define it. */
export interface FieldModel {
  readonly type: GraphQLOutputType;
  /** Names all of its subgraphs know: an enum's values, or what an abstract type can be. */
  readonly choices: readonly string[];
  readonly requires: SelectionSetNode | undefined;
  /** True when it names an entity or another field requires it: it never fails. */
  isSound: boolean;
}

export interface WorldModel {
  readonly subgraphs: ReadonlyMap<string, GraphQLSchema>;
  /** By "Type.field", interface objects under the interface's name. */
  readonly fields: ReadonlyMap<string, FieldModel>;
  /** Keys by entity type, those of an interface under its own name too. */
  readonly keys: ReadonlyMap<string, readonly SelectionSetNode[]>;
  /** What an interface with a key can be, by its name. */
  readonly families: ReadonlyMap<string, readonly string[]>;
  /** The interface with a key that a type belongs to, or the type itself: the name its entities are told apart by. */
  ownerOf(typeName: string): string;
  fieldOf(typeName: string, field: string): FieldModel | undefined;
}

export function readWorld(typeDefs: Readonly<Record<string, string>>): WorldModel {
  const subgraphs = new Map<string, GraphQLSchema>();
  const fields = new Map<string, FieldModel>();
  const keys = new Map<string, SelectionSetNode[]>();
  const families = new Map<string, string[]>();
  const required: [string, SelectionSetNode][] = [];
  for (const [name, sdl] of Object.entries(typeDefs)) {
    const schema = buildSubgraphSchema([{ typeDefs: parse(FEDERATION + sdl) }]);
    subgraphs.set(name, schema);
    for (const type of Object.values(schema.getTypeMap())) {
      const nodes = [type.astNode, ...(type.extensionASTNodes ?? [])];
      const directives = nodes.flatMap((node) => node?.directives ?? []);
      const own = directives.filter((each) => each.name.value === 'key').map(selectionOf);
      if (own.length > 0) keys.set(type.name, [...(keys.get(type.name) ?? []), ...own]);
      if (own.length > 0 && isAbstractType(type)) {
        const known = families.get(type.name) ?? [];
        families.set(type.name, [...new Set([...known, ...schema.getPossibleTypes(type).map(nameOf)])].sort());
      }
      if (!isObjectType(type) || type.name.startsWith('_')) continue;
      for (const field of Object.values(type.getFields())) {
        const at = (directive: string) => field.astNode?.directives?.find((each) => each.name.value === directive);
        if (at('external') || field.name.startsWith('_')) continue;
        const requires = at('requires') && selectionOf(at('requires') as DirectiveNode);
        if (requires) required.push([type.name, requires]);
        const place = `${type.name}.${field.name}`;
        const choices = choicesOf(schema, field.type);
        const before = fields.get(place);
        fields.set(place, {
          type: field.type,
          choices: before === undefined ? choices : before.choices.filter((choice) => choices.includes(choice)),
          requires: requires ?? before?.requires,
          isSound: false,
        });
      }
    }
  }
  const familyOf = new Map([...families].flatMap(([family, names]) => names.map((name) => [name, family] as const)));
  const fieldOf = (typeName: string, field: string): FieldModel | undefined =>
    fields.get(`${typeName}.${field}`) ?? fields.get(`${familyOf.get(typeName)}.${field}`);
  const markSound = (typeName: string, set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        markSound(selection.typeCondition?.name.value ?? typeName, selection.selectionSet);
      } else if (selection.kind === Kind.FIELD) {
        // Of an interface's field, all that can answer it.
        for (const [place, model] of fields) {
          const [owner = '', field] = place.split('.');
          if (field !== selection.name.value || !isOf(subgraphs, owner, typeName)) continue;
          model.isSound = true;
          if (selection.selectionSet) markSound(getNamedType(model.type).name, selection.selectionSet);
        }
      }
    }
  };
  for (const [typeName, sets] of keys) for (const set of sets) markSound(typeName, set);
  for (const [typeName, set] of required) markSound(typeName, set);
  return { subgraphs, fields, keys, families, ownerOf: (name) => familyOf.get(name) ?? name, fieldOf };
}

function isOf(subgraphs: ReadonlyMap<string, GraphQLSchema>, owner: string, typeName: string): boolean {
  if (owner === typeName) return true;
  return [...subgraphs.values()].some((schema) => {
    const abstract = schema.getType(typeName);
    const type = schema.getType(owner);
    return isAbstractType(abstract) && isObjectType(type) && schema.isSubType(abstract, type);
  });
}

function choicesOf(schema: GraphQLSchema, type: GraphQLOutputType): readonly string[] {
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues().map(nameOf);
  return isAbstractType(named) ? schema.getPossibleTypes(named).map(nameOf).sort() : [];
}

/** The selection written in a directive's `fields`. */
function selectionOf(directive: DirectiveNode): SelectionSetNode {
  const value = directive.arguments?.find((argument) => argument.name.value === 'fields')?.value;
  const text = value?.kind === Kind.STRING ? value.value : '';
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  return (definition as unknown as { selectionSet: SelectionSetNode }).selectionSet;
}

function nameOf({ name }: { name: string }): string {
  return name;
}

export function fieldsOf(set: SelectionSetNode): readonly FieldNode[] {
  return set.selections.filter((selection) => selection.kind === Kind.FIELD);
}
