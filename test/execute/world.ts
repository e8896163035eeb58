/**
 * A made-up world behind any supergraph: what every field of every thing answers follows from the thing's identity alone, so that it
 * is the same whichever subgraph is asked, and the same in the graph as a whole. A seed brings nulls, errors and lists of any length
 * in; without one all is plain, for cases written by hand. Must not know any particular graph.
 */
import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type SelectionSetNode,
} from 'graphql';
import { fieldsOf, readWorld, type FieldModel, type WorldModel } from './world-model';

export interface WorldOptions {
  /** undefined: no nulls, no errors, two elements in each list. */
  readonly seed?: number | undefined;
  /** Answers of single fields, by what they are of: `{ 'Product 1 price': null }`. An Error is thrown. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** True: subgraphs do not know some entities that others do. */
  readonly losesEntities?: boolean;
}

/** One thing of the world: an entity by owner and number, or a value by where it was found. */
interface Thing {
  readonly __typename: string;
  /** `Product 3`, or `Product 3 price`. */
  readonly is: string;
  /** The number in the entity's key; a value within a key has its entity's. */
  readonly number: string;
  /** The fields that answer the number, or lead to it. */
  readonly keys: readonly SelectionSetNode[];
  /** What a subgraph was sent to name the entity. */
  readonly representation?: Readonly<Record<string, unknown>>;
}

type Resolve = GraphQLFieldResolver<Thing | undefined, unknown>;

export interface World {
  readonly model: WorldModel;
  /** Resolvers of one subgraph, `__resolveReference` included. */
  resolversOf(subgraph: string): Record<string, Record<string, unknown>>;
  /** Resolves any field of the graph as a whole. */
  readonly resolveWhole: Resolve;
  /** Begins a run: what fields answer from now on. Mutations count what they do, from one. */
  begin(options: WorldOptions): void;
}

export function createWorld(typeDefs: Readonly<Record<string, string>>): World {
  const model = readWorld(typeDefs);
  let seed: number | undefined;
  let given: Readonly<Record<string, unknown>> = {};
  let losesEntities = false;
  let mutations = 0;

  const entity = (typeName: string, number: string): Thing => {
    const owner = model.ownerOf(typeName);
    const keys = [...(model.keys.get(typeName) ?? []), ...(model.keys.get(owner) ?? [])];
    return { __typename: typeName, is: `${owner} ${number}`, number, keys };
  };

  /** Which entity stands at a place, of one of these types. */
  const choose = (typeNames: readonly string[], place: string, index: number): Thing => {
    const wanted = chance(`type ${place}`);
    const typeName = typeNames[(seed === undefined ? index : wanted) % typeNames.length] as string;
    const family = model.families.get(typeName) ?? model.families.get(model.ownerOf(typeName));
    let number = seed === undefined ? index + 1 : (chance(`number ${place}`) % 5) + 1;
    // The number of one of a family tells its type, for subgraphs that cannot.
    while (family !== undefined && family.includes(typeName) && family[number % family.length] !== typeName) number++;
    return model.keys.has(typeName)
      ? entity(typeName, String(number))
      : { __typename: typeName, is: place, number: '', keys: [] };
  };

  const resolve = (
    source: Thing | undefined,
    typeName: string,
    fieldName: string,
    args: Readonly<Record<string, unknown>>,
    inSubgraph: string | undefined,
  ): unknown => {
    const field = model.fieldOf(typeName, fieldName);
    if (field === undefined) throw new Error(`No subgraph answers ${typeName}.${fieldName}.`);
    const known = given[`${source?.is ?? typeName} ${fieldName}`];
    if (known instanceof Error) throw known;
    if (known !== undefined) return known;
    const below = source?.keys.flatMap(fieldsOf).filter((node) => node.name.value === fieldName) ?? [];
    if (source !== undefined && below.length > 0) {
      const number = source.number;
      const sets = below.flatMap((node) => node.selectionSet ?? []);
      if (sets.length === 0) return number;
      const named = getNamedType(field.type).name;
      if (model.keys.has(named)) return entity(named, number);
      return { __typename: named, is: `${source.is} ${fieldName}`, number, keys: sets } satisfies Thing;
    }
    const shown = Object.keys(args).length === 0 ? '' : `(${JSON.stringify(sorted(args))})`;
    const order = typeName === 'Mutation' ? ` as number ${++mutations}` : '';
    const place = `${source?.is ?? typeName} ${fieldName}${shown}${order}`;
    const note = field.requires === undefined ? '' : ` given ${required(source, typeName, field.requires, inSubgraph)}`;
    const { id } = args;
    const named = getNamedType(field.type).name;
    if (
      model.keys.has(named) &&
      id !== undefined &&
      !isListType(getNullableType(field.type)) &&
      !model.families.has(named)
    ) {
      return unlucky(place, field, 0) ?? entity(named, String(id));
    }
    return answer(field, field.type, place, note, 0, 0, inSubgraph);
  };

  /** null or an error where the seed says so; undefined is luck. */
  const unlucky = (place: string, field: FieldModel, depth: number): null | Error | undefined => {
    if (seed === undefined) return undefined;
    const luck = chance(`luck ${seed} ${place}`) % 40;
    if (luck < 2) return null;
    if (field.isSound || luck > 4) return undefined;
    const code = ['UPSTREAM_UNAVAILABLE', 'OUT_OF_STOCK', undefined][luck - 2];
    const error = new GraphQLError(`no luck at ${place}`, code === undefined ? {} : { extensions: { code } });
    if (depth === 0) throw error;
    return error;
  };

  const answer = (
    field: FieldModel,
    type: GraphQLOutputType,
    place: string,
    note: string,
    depth: number,
    index: number,
    inSubgraph: string | undefined,
  ): unknown => {
    // What must be there and is required by others is there, or a subgraph would leave the whole entity out.
    const isStrict = field.isSound && getNullableType(type) !== type;
    const trouble = isStrict ? undefined : unlucky(place, field, depth);
    if (trouble !== undefined) return trouble;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const length = seed === undefined ? 2 : chance(`length ${seed} ${place}`) % 4;
      return Array.from({ length }, (_, at) =>
        answer(field, nullable.ofType, `${place}[${at}]`, note, depth + 1, at, inSubgraph),
      );
    }
    const named = getNamedType(nullable);
    if (isLeafType(named)) return leaf(named.name, field.choices, place, note, index);
    // Where only an interface object is known, the thing has no other type than that.
    const isHidden = inSubgraph !== undefined && model.families.has(named.name) && field.choices.length === 0;
    if (isHidden) return entityOfFamily(named.name, place, index, true);
    if (model.families.has(named.name) && field.choices.length === 0) {
      return entityOfFamily(named.name, place, index, false);
    }
    return choose(field.choices.length > 0 ? field.choices : [named.name], `${seed ?? ''} ${place}`.trim(), index);
  };

  const entityOfFamily = (family: string, place: string, index: number, isHidden: boolean): Thing => {
    const number = seed === undefined ? index + 1 : (chance(`number ${seed} ${place}`) % 5) + 1;
    const names = model.families.get(family) as readonly string[];
    return entity(isHidden ? family : (names[number % names.length] as string), String(number));
  };

  const leaf = (name: string, choices: readonly string[], place: string, note: string, index: number): unknown => {
    if (choices.length > 0)
      return choices[(seed === undefined ? index : chance(`choice ${seed} ${place}`)) % choices.length];
    const number = chance(place + note) % 100;
    switch (name) {
      case 'Int':
        return number;
      case 'Float':
        return number / 8;
      case 'Boolean':
        return number % 2 === 0;
      case 'ID':
      case 'String':
        return place + note;
      default:
        return { place, parts: [number, null] };
    }
  };

  /** What the representation holds of a @requires selection; in the graph as a whole, what it would. */
  const required = (
    source: Thing | undefined,
    typeName: string,
    set: SelectionSetNode,
    inSubgraph: string | undefined,
  ): string => {
    if (inSubgraph === undefined) return JSON.stringify(sorted(evaluate(source as Thing, typeName, set)));
    if (source?.representation === undefined) throw new Error(`${inSubgraph} was asked without what it requires.`);
    return JSON.stringify(sorted(picked(source.representation, set)));
  };

  const evaluate = (source: Thing, typeName: string, set: SelectionSetNode): Record<string, unknown> => {
    const values: Record<string, unknown> = {};
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value ?? typeName;
        const isOne = condition === source.__typename || model.ownerOf(source.__typename) === condition;
        if (isOne || isInterfaceOf(condition, source.__typename)) {
          Object.assign(values, evaluate(source, source.__typename, selection.selectionSet));
        }
      } else if (selection.kind === Kind.FIELD && selection.name.value !== '__typename') {
        values[selection.name.value] = evaluated(source, selection);
      }
    }
    return values;
  };

  const evaluated = (source: Thing, node: FieldNode): unknown => {
    const value = resolve(source, source.__typename, node.name.value, argumentsOf(node), undefined);
    const below = (each: unknown): unknown => {
      if (Array.isArray(each)) return each.map(below);
      if (node.selectionSet === undefined || each === null || each === undefined) return each ?? null;
      return evaluate(each as Thing, (each as Thing).__typename, node.selectionSet);
    };
    return below(value);
  };

  const isInterfaceOf = (condition: string, typeName: string): boolean =>
    [...model.subgraphs.values()].some((schema) => {
      const type = schema.getType(typeName) as { getInterfaces?: () => { name: string }[] } | undefined;
      return type?.getInterfaces?.().some(({ name }) => name === condition) ?? false;
    });

  /** The fields of a representation that were required. One that is left out counts as null, as it does for a subgraph's resolvers. */
  const picked = (value: unknown, set: SelectionSetNode): unknown => {
    if (Array.isArray(value)) return value.map((each) => picked(each, set));
    if (typeof value !== 'object' || value === null) return value;
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value ?? '';
        const typeName = source.__typename;
        if (condition === typeName || (typeof typeName === 'string' && isInterfaceOf(condition, typeName))) {
          Object.assign(result, picked(value, selection.selectionSet));
        } else if (typeName === undefined) {
          // Hive's runtime sends no type of what lies within; what is there tells it as well.
          const found = Object.entries(picked(value, selection.selectionSet) as object);
          Object.assign(result, Object.fromEntries(found.filter(([key]) => key in source)));
        }
      } else if (selection.kind === Kind.FIELD && selection.name.value !== '__typename') {
        const inner = source[selection.name.value] ?? null;
        result[selection.name.value] = selection.selectionSet ? picked(inner, selection.selectionSet) : inner;
      }
    }
    return result;
  };

  return {
    model,
    begin: (options) => {
      ({ seed, given = {}, losesEntities = false } = options);
      mutations = 0;
    },
    resolveWhole: (source, args, _context, info) =>
      resolve(source, info.parentType.name, info.fieldName, args, undefined),
    resolversOf(subgraph) {
      const schema = model.subgraphs.get(subgraph);
      const resolvers: Record<string, Record<string, unknown>> = {};
      for (const type of Object.values(schema?.getTypeMap() ?? {})) {
        if (type.name.startsWith('_')) continue;
        const own: Record<string, unknown> = {};
        for (const { name } of isObjectType(type) ? Object.values(type.getFields()) : []) {
          if (name.startsWith('_')) continue;
          own[name] = ((source, args) => resolve(source, type.name, name, args, subgraph)) satisfies Resolve;
        }
        if (model.keys.has(type.name)) {
          own.__resolveReference = (representation: Record<string, unknown>) => {
            const number = numberIn(representation, model.keys.get(type.name) ?? []);
            if (number === undefined) return null;
            const is = `${model.ownerOf(type.name)} ${number}`;
            if (losesEntities && chance(`lost ${seed} ${subgraph} ${is}`) % 6 === 0) return null;
            const family = isObjectType(type) ? undefined : model.families.get(type.name);
            const typeName = family?.[Number(number) % family.length] ?? type.name;
            return { ...entity(typeName, number), representation };
          };
        }
        if (Object.keys(own).length > 0) resolvers[type.name] = own;
      }
      return resolvers;
    },
  };
}

/** The number in the first key that the representation holds whole. */
function numberIn(representation: unknown, keys: readonly SelectionSetNode[]): string | undefined {
  const numberOf = (value: unknown, set: SelectionSetNode): string | undefined => {
    let number: string | undefined;
    for (const node of fieldsOf(set)) {
      const inner = (value as Record<string, unknown> | null)?.[node.name.value];
      const found = node.selectionSet ? numberOf(inner, node.selectionSet) : inner;
      if (found === undefined || found === null) return undefined;
      number = String(found);
    }
    return number;
  };
  for (const key of keys) {
    const number = numberOf(representation, key);
    if (number !== undefined) return number;
  }
  return undefined;
}

function argumentsOf(node: FieldNode): Record<string, unknown> {
  return Object.fromEntries((node.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** A number that follows from the text alone (FNV-1a). */
export function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 13)) >>> 0;
}
