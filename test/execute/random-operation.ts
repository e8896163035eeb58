/**
 * Random operations over a schema for fast-check: aliases, arguments, variables, fragments, conditions. Each asks for `__typename`
 * wherever the type is abstract. May make an operation that is not valid; the caller leaves those out.
 */
import fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

const VARIABLES = '($yes: Boolean!, $no: Boolean = false, $word: String, $n: Int = 2)';

export const variablesArbitrary = fc.record(
  { yes: fc.boolean(), no: fc.boolean(), word: fc.constantFrom('w', null), n: fc.constantFrom(1, 3) },
  { requiredKeys: ['yes'] },
);

const ALIASES = ['a', 'b', 'c', 'd'];
/** Names that mean something to a planner, to federation or to JavaScript. */
const NASTY_ALIASES = [
  ...ALIASES,
  'id',
  'access',
  'sourceKeys',
  '__typename',
  'constructor',
  '__proto__',
  'code',
  'name',
];
const CONDITIONS = [
  '@include(if: $yes)',
  '@skip(if: $yes)',
  '@include(if: $no)',
  '@skip(if: $no)',
  '@include(if: true)',
  '@skip(if: true)',
];
const ARGUMENTS: Record<string, readonly string[]> = {
  ID: ['"1"', '"3"', '4'],
  Int: ['1', '$n'],
  Boolean: ['true', '$yes'],
  String: ['"x"', '$word', 'null'],
};

export interface OperationOptions {
  readonly kind?: 'query' | 'mutation';
  /** Default false: aliases no other field has. */
  readonly isNasty?: boolean;
}

export function operationArbitrary(
  schema: GraphQLSchema,
  { kind = 'query', isNasty = false }: OperationOptions = {},
): fc.Arbitrary<string> {
  const known = new Map<string, fc.Arbitrary<string>>();
  const abstractTypes = Object.values(schema.getTypeMap()).filter(isAbstractType);
  const possibleTypes = (type: GraphQLCompositeType) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
  const overlap = (left: GraphQLCompositeType, right: GraphQLCompositeType) =>
    possibleTypes(left).some((type) => possibleTypes(right).includes(type));

  const selectionSet = (type: GraphQLCompositeType, depth: number): fc.Arbitrary<string> => {
    const key = `${type.name} ${depth}`;
    const arbitrary =
      known.get(key) ??
      fc
        .array(selection(type, depth), { minLength: 1, maxLength: depth > 2 ? 3 : 4 })
        .map((parts) => `{ ${isAbstractType(type) ? '__typename ' : ''}${parts.join(' ')} }`);
    known.set(key, arbitrary);
    return arbitrary;
  };

  const selection = (type: GraphQLCompositeType, depth: number): fc.Arbitrary<string> => {
    const fields = isObjectType(type) || 'getFields' in type ? Object.values(type.getFields()) : [];
    const usable = fields.filter((candidate) => depth > 0 || !isCompositeType(getNamedType(candidate.type)));
    const choices: fc.WeightedArbitrary<string>[] = [
      { weight: 1, arbitrary: fc.constantFrom('__typename', 't: __typename') },
    ];
    for (const candidate of usable) choices.push({ weight: 3, arbitrary: field(candidate, depth) });
    if (depth > 0) {
      const possible = isAbstractType(type) ? [...schema.getPossibleTypes(type), type] : [type];
      for (const target of [...possible, ...abstractTypes.filter((each) => each !== type && overlap(each, type))]) {
        choices.push({
          weight: isAbstractType(type) && possible.includes(target) ? 6 : 1,
          arbitrary: fc
            .tuple(condition(), fc.boolean(), selectionSet(target, depth - 1))
            .map(
              ([directive, named, set]) =>
                `... ${named || target !== type ? `on ${target.name}` : ''} ${directive} ${set}`,
            ),
        });
      }
    }
    return fc.oneof(...choices);
  };

  const field = ({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<string> => {
    const named = getNamedType(type);
    const below = isCompositeType(named) ? selectionSet(named, depth - 1) : fc.constant('');
    const givenArguments = fc.tuple(
      ...args.map((argument) => {
        const given = inputValue(argument.type).map((value) => `${argument.name}: ${value}`);
        return isNonNullType(argument.type) ? given : fc.option(given, { nil: '' });
      }),
    );
    return fc.tuple(alias(), givenArguments, condition(), below).map(([given, values, directive, set]) => {
      const list = values.filter((value) => value !== '').join(', ');
      return `${given}${name}${list === '' ? '' : `(${list})`} ${directive} ${set}`;
    });
  };

  const inputValue = (type: GraphQLInputType): fc.Arbitrary<string> => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const elements = inputValue(nullable.ofType as GraphQLInputType).filter((value) => value !== 'null');
      return fc.array(elements, { maxLength: 3 }).map((values) => `[${values.join(', ')}]`);
    }
    if (isEnumType(nullable)) return fc.constantFrom(...nullable.getValues().map(({ name }) => name));
    if (isInputObjectType(nullable)) {
      const parts = Object.values(nullable.getFields()).map(({ name, type: inner }) => {
        const given = inputValue(inner).map((value) => `${name}: ${value}`);
        return isNonNullType(inner) ? given : fc.option(given, { nil: '' });
      });
      return fc.tuple(...parts).map((values) => `{ ${values.filter((value) => value !== '').join(', ')} }`);
    }
    return fc.constantFrom(...(ARGUMENTS[(nullable as { name: string }).name] ?? ['"x"']));
  };

  const alias = () =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      { weight: 2, arbitrary: fc.constantFrom(...(isNasty ? NASTY_ALIASES : ALIASES)).map((name) => `${name}: `) },
    );
  const condition = () =>
    fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(...CONDITIONS) });

  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  return selectionSet(root as GraphQLCompositeType, 4).map((set) => `${kind} ${VARIABLES} ${set}`);
}

/**
 * The same operation with a key of its own for each object, list and field with arguments: for who merges two under one key wrongly, or
 * ends the process where one meets what @requires asks for.
 */
export function withDistinctKeys(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  let count = 0;
  return visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field(node) {
        const type = typeInfo.getType();
        const isMany = type !== undefined && type !== null && isListType(getNullableType(type));
        const named = type && getNamedType(type);
        const isPlain =
          (isEnumType(named) || (isScalarType(named) && isSpecifiedScalarType(named))) &&
          !isMany &&
          (node.arguments ?? []).length === 0;
        if (isPlain) return undefined;
        return { ...node, alias: { kind: Kind.NAME, value: `_${++count}` } };
      },
    }),
  );
}
