/** The contract: what is committed in schema/generated/ is what the code says, and TypeScript and SDL name the same things. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, parse } from 'graphql';
import { contractFiles } from '../deploy/contract';
import { aloneConfigSchema, configSchema } from '../gateway/config';
import { ERRORS, facetError } from '../schema/errors';
import { MASKS } from '../schema/mask';
import { CATEGORIES, PURPOSES } from '../schema/policy';
import { sources } from '../subgraphs/sources';

const ROOT = path.join(__dirname, '..');
const read = (...parts: string[]) => readFileSync(path.join(ROOT, ...parts), 'utf8');

describe('The contract', () => {
  const files = contractFiles(sources);

  it.each(Object.keys(files))('schema/generated/%s is current (npm run generate)', (name) => {
    expect(read('schema', 'generated', name)).toBe(files[name]);
  });

  it('holds no file that nothing generates', () => {
    expect(readdirSync(path.join(ROOT, 'schema', 'generated')).toSorted()).toEqual(
      [...Object.keys(files), 'operations.ts'].toSorted(),
    );
  });

  it('describes every element that clients see', () => {
    const schema = buildSchema(files['api.graphql'] ?? '');
    const undescribed = Object.values(schema.getTypeMap())
      .filter(
        ({ name }) =>
          !name.startsWith('__') &&
          !['String', 'Int', 'Boolean', 'ID', 'Float', 'Query', 'Mutation', 'Subscription'].includes(name),
      )
      .flatMap((type) => {
        const own = type.description ? [] : [type.name];
        if (isEnumType(type))
          return [
            ...own,
            ...type.getValues().flatMap((value) => (value.description ? [] : [`${type.name}.${value.name}`])),
          ];
        if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return own;
        const fields = Object.values(type.getFields());
        return [
          ...own,
          ...fields.filter((field) => !field.description).map((field) => `${type.name}.${field.name}`),
          ...(isInputObjectType(type) ? [] : Object.values(type.getFields())).flatMap(({ name, args }) =>
            args.filter((arg) => !arg.description).map((arg) => `${type.name}.${name}(${arg.name})`),
          ),
        ];
      });
    expect(undescribed).toEqual([]);
  });

  it('hides what passes between subgraphs', () => {
    expect(files['api.graphql']).not.toMatch(/\b(access|sourceKeys|contactPermission|SourceKey|ContactPermission)\b/);
  });

  it('names the same categories, masks and purposes in TypeScript and in SDL', () => {
    const definitions = parse(read('schema', 'policy.graphql')).definitions;
    const valuesOf = (name: string) =>
      definitions.flatMap((node) =>
        node.kind === 'EnumTypeDefinition' && node.name.value === name
          ? (node.values ?? []).map((value) => value.name.value)
          : [],
      );
    expect(valuesOf('DataCategory')).toEqual([...CATEGORIES]);
    expect(valuesOf('Mask')).toEqual([...MASKS]);
    const purpose = buildSchema(files['api.graphql'] ?? '').getType('Purpose');
    expect(
      isEnumType(purpose) &&
        purpose
          .getValues()
          .map(({ name }) => name)
          .toSorted(),
    ).toEqual([...PURPOSES].toSorted());
  });
});

/** First cells of a Markdown table's rows, below the heading that names it. */
function tableBelow(heading: string): string[][] {
  const section =
    read('README.md')
      .split(/^## /m)
      .find((part) => part.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('The README', () => {
  it('lists every error of the catalogue with its status, and no other', () => {
    const documented = tableBelow('Errors').map(([code, status, retry, meaning]) => [code, status, retry, meaning]);
    expect(documented).toEqual(
      Object.entries(ERRORS).map(([code, { httpStatus, retryable, meaning }]) => [
        `\`${code}\``,
        String(httpStatus),
        retryable ? 'yes' : 'no',
        meaning,
      ]),
    );
  });

  it('lists every variable of the gateway with its meaning, and no other', () => {
    const documented = tableBelow('Configuration').map(([name, , meaning]) => [name, meaning]);
    const variables = Object.entries({ ...configSchema.shape, ...aloneConfigSchema.shape }).map(([name, schema]) => [
      `\`${name}\``,
      schema.description,
    ]);
    expect(documented.filter(([name]) => variables.some(([known]) => known === name))).toEqual(variables);
    expect(
      documented.map(([name]) => name).filter((name) => /FACET_(?!SIMULATOR)|PORT|SUPERGRAPH|MONGODB/.test(name ?? '')),
    ).toEqual(variables.map(([name]) => name));
  });

  it('lists every variable of the sources, and no other', () => {
    const others = Object.keys({ ...configSchema.shape, ...aloneConfigSchema.shape });
    const documented = tableBelow('Configuration')
      .map(([name = '']) => name.slice(1, -1))
      .filter((name) => !others.includes(name) && !/SIMULATOR|^SUBGRAPH_/.test(name));
    const variables = sources.flatMap(({ settings }) => Object.keys(settings.shape));
    expect(documented.toSorted()).toEqual(variables.toSorted());
  });
});

describe('A coded error', () => {
  it('carries its code, and the status of the catalogue for the HTTP front', () => {
    expect(facetError('CONFLICT', 'changed').extensions).toEqual({ code: 'CONFLICT', http: { status: 409 } });
  });
});
