/**
 * Random operations over a schema for fast-check: aliases (nasty ones too), arguments, variables, fragments, conditions.
 * May make an operation that is not valid; the caller leaves those out.
 */
import fc from 'fast-check';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';

export const VARIABLES = 'query ($yes: Boolean!, $no: Boolean = false, $word: String, $n: Int = 2)';

export const variablesArbitrary = fc.record(
  { yes: fc.boolean(), no: fc.boolean(), word: fc.constantFrom('w', null), n: fc.constantFrom(1, 3) },
  { requiredKeys: ['yes'] },
);

const ALIASES = ['id', 'access', 'sourceKeys', '__typename', 'constructor', '__proto__', 'code', 'a', 'b', 'c', 'd'];
const CONDITIONS = [
  '@include(if: $yes)',
  '@skip(if: $yes)',
  '@include(if: $no)',
  '@skip(if: $no)',
  '@include(if: true)',
  '@skip(if: true)',
];
const ARGUMENTS: Record<string, readonly string[]> = {
  ID: ['"C1"', '"C3"', '4'],
  Int: ['1', '$n'],
  Boolean: ['true', '$yes'],
  String: ['"x"', '$word', 'null'],
};

export function operationArbitrary(schema: GraphQLSchema): fc.Arbitrary<string> {
  const known = new Map<string, fc.Arbitrary<string>>();

  const selectionSet = (type: GraphQLCompositeType, depth: number): fc.Arbitrary<string> => {
    const key = `${type.name} ${depth}`;
    const arbitrary =
      known.get(key) ??
      fc
        .array(selection(type, depth), { minLength: 1, maxLength: depth > 2 ? 3 : 4 })
        .map((parts) => `{ ${parts.join(' ')} }`);
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
      const targets = isAbstractType(type) ? [...schema.getPossibleTypes(type), type] : [type];
      for (const target of targets) {
        choices.push({
          weight: isAbstractType(type) ? 6 : 1,
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
        const values = fc.constantFrom(...(ARGUMENTS[getNamedType(argument.type).name] ?? []));
        const given = values.map((value) => `${argument.name}: ${value}`);
        return argument.type.toString().endsWith('!') ? given : fc.option(given, { nil: '' });
      }),
    );
    return fc.tuple(alias(), givenArguments, condition(), below).map(([given, values, directive, set]) => {
      const list = values.filter((value) => value !== '').join(', ');
      return `${given}${name}${list === '' ? '' : `(${list})`} ${directive} ${set}`;
    });
  };

  const alias = () =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      { weight: 2, arbitrary: fc.constantFrom(...ALIASES).map((name) => `${name}: `) },
    );
  const condition = () =>
    fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(...CONDITIONS) });

  return selectionSet(schema.getQueryType() as GraphQLCompositeType, 4).map((set) => `${VARIABLES} ${set}`);
}
