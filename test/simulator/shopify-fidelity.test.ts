/**
 * Compares our part of Shopify's Admin schema with the vendor's own introspection, as published in @shopify/dev-mcp. That
 * package is large and not a dependency; without it these tests are skipped by name.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  buildClientSchema,
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { API_VERSIONS, SHOPIFY_SDL } from '../../simulator/shopify/sdl';

/** Looked for by folder: the package exports neither its data nor its package.json, and jest's resolver skips NODE_PATH. */
const directory = [path.resolve('node_modules'), ...(process.env.NODE_PATH ?? '').split(path.delimiter)]
  .map((modules) => path.join(modules, '@shopify', 'dev-mcp', 'dist', 'data'))
  .find((folder) => existsSync(folder));

function officialSchema(version: string): GraphQLSchema {
  const text = gunzipSync(readFileSync(path.join(directory!, `admin_${version}.json.gz`))).toString('utf8');
  const introspection = JSON.parse(text) as { data?: IntrospectionQuery } & IntrospectionQuery;
  return buildClientSchema(introspection.data ?? introspection);
}

/** Every element of ours that the vendor has not, or has otherwise. */
function differences(ours: GraphQLSchema, official: GraphQLSchema): string[] {
  const found: string[] = [];
  const same = (where: string, mine: unknown, theirs: unknown) => {
    if (String(mine) !== String(theirs)) found.push(`${where}: expected ${String(theirs)}, but got ${String(mine)}`);
  };
  type Element = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument;
  const element = (where: string, mine: Element, theirs: Element | undefined) => {
    same(where, mine.type, theirs?.type);
    if ('defaultValue' in mine) same(`${where} default`, mine.defaultValue, (theirs as GraphQLArgument)?.defaultValue);
    if (theirs?.deprecationReason) found.push(`${where}: is deprecated`);
  };
  const type = (mine: GraphQLNamedType, theirs: GraphQLNamedType | undefined) => {
    same(`${mine.name} kind`, mine.constructor.name, theirs?.constructor.name);
    if (isEnumType(mine) && isEnumType(theirs)) {
      for (const { name } of mine.getValues()) same(`${mine.name}.${name}`, name, theirs.getValue(name)?.name);
      // Sort keys and states are complete; of countries and currencies a few suffice.
      if (!/^C\w+Code$/.test(mine.name))
        same(`${mine.name} values`, mine.getValues().length, theirs.getValues().length);
    }
    if (isInputObjectType(mine) && isInputObjectType(theirs)) {
      same(`${mine.name} @oneOf`, mine.isOneOf, theirs.isOneOf);
      for (const field of Object.values(mine.getFields()))
        element(`${mine.name}.${field.name}`, field, theirs.getFields()[field.name]);
    }
    const compound = isObjectType(mine) || isInterfaceType(mine);
    if (!compound || !(isObjectType(theirs) || isInterfaceType(theirs))) return;
    const interfaces = theirs.getInterfaces().map(String);
    for (const { name } of mine.getInterfaces())
      same(
        `${mine.name} implements`,
        name,
        interfaces.find((i) => i === name),
      );
    for (const field of Object.values(mine.getFields())) {
      const counterpart = theirs.getFields()[field.name];
      element(`${mine.name}.${field.name}`, field, counterpart);
      for (const arg of field.args) {
        element(
          `${mine.name}.${field.name}(${arg.name}:)`,
          arg,
          counterpart?.args.find(({ name }) => name === arg.name),
        );
      }
      for (const arg of counterpart?.args ?? []) {
        const required = String(arg.type).endsWith('!') && arg.defaultValue === undefined;
        if (required && !field.args.some(({ name }) => name === arg.name))
          found.push(`${mine.name}.${field.name}: lacks ${arg.name}`);
      }
    }
  };
  same('query root', ours.getQueryType()?.name, official.getQueryType()?.name);
  for (const mine of Object.values(ours.getTypeMap())) {
    if (!mine.name.startsWith('__')) type(mine, official.getType(mine.name));
  }
  return found;
}

describe('The schema we serve', () => {
  const test = directory === undefined ? it.skip : it;
  const suffix = directory === undefined ? ' (skipped: npm install --no-save @shopify/dev-mcp@1.16.0 to run it)' : '';
  test.each(API_VERSIONS)(`is part of Shopify's own of %s${suffix}`, (version) => {
    expect(differences(buildSchema(SHOPIFY_SDL), officialSchema(version))).toEqual([]);
  });
});
