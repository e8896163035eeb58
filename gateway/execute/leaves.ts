/**
 * Which values a subgraph may answer for a leaf of the schema, and how they are written as JSON: scalars as the specification defines
 * them (§3.5), enums without what is @inaccessible, and whatever it is of scalars that only subgraphs know. Must not coerce: the
 * subgraph has done so.
 */
import { isEnumType, isSpecifiedScalarType, type GraphQLLeafType, type GraphQLSchema } from 'graphql';

/** The value as JSON; undefined: it is none of this type. Not for null. */
export type WriteLeaf = (value: unknown) => string | undefined;

const MAX_INT = 2 ** 31;

const writeInteger: WriteLeaf = (value) => (Number.isInteger(value) ? `${value as number}` : undefined);

const SCALARS: Readonly<Record<string, WriteLeaf>> = {
  Int: (value) => ((value as number) >= -MAX_INT && (value as number) < MAX_INT ? writeInteger(value) : undefined),
  Float: (value) => (Number.isFinite(value) ? `${value as number}` : undefined),
  String: (value) => (typeof value === 'string' ? writeString(value) : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? `${value}` : undefined),
  ID: (value) => (typeof value === 'string' ? writeString(value) : writeInteger(value)),
};

export function leafWriter(type: GraphQLLeafType, publicSchema: GraphQLSchema): WriteLeaf {
  if (isEnumType(type)) {
    const values = visibleValues(type, publicSchema);
    return (value) => (values.has(value as string) ? writeString(value as string) : undefined);
  }
  return isSpecifiedScalarType(type) ? (SCALARS[type.name] as WriteLeaf) : writeAny;
}

/** Of a scalar whose values only its subgraphs know. */
export function writeAny(value: unknown): string {
  return (JSON.stringify(value) as string | undefined) ?? 'null';
}

/** An enum that is @inaccessible as a whole is only selected by ourselves. */
function visibleValues(type: GraphQLLeafType, publicSchema: GraphQLSchema): ReadonlySet<string> {
  const visible = publicSchema.getType(type.name) ?? type;
  return new Set(isEnumType(visible) ? visible.getValues().map(({ name }) => name) : []);
}

/** What JSON escapes, and surrogates, which it does where they are alone. */
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** As `JSON.stringify`, which takes longer to be called than most strings to be looked at. */
export function writeString(value: string): string {
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

const STRING = String.raw`"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\u0000-\u001f]*)*"`;
const BOOLEAN = 'true|false';
/** No exponents, and no integer outside of Int: what is rare is left to be parsed. */
const INTEGER = String.raw`0|-?[1-9]\d{0,8}`;
const FLOAT = String.raw`-?(?:0|[1-9]\d{0,8})\.\d{1,17}|${INTEGER}`;

/** The source of a regular expression for JSON that is neither null nor an object or list. */
export const ANY_LEAF = String.raw`${STRING}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|${BOOLEAN}`;

const SCALAR_PATTERNS: Readonly<Record<string, string>> = {
  Int: INTEGER,
  Float: FLOAT,
  String: STRING,
  Boolean: BOOLEAN,
  ID: `${STRING}|${INTEGER}`,
};

/** The source of a regular expression: alternatives of JSON that `leafWriter` would write for a value of this type, and not all of it. */
export function leafPattern(type: GraphQLLeafType, publicSchema: GraphQLSchema): string {
  // Of no value at all: what nothing matches.
  if (isEnumType(type)) return [...visibleValues(type, publicSchema)].map((name) => `"${name}"`).join('|') || '(?!)';
  return isSpecifiedScalarType(type) ? (SCALAR_PATTERNS[type.name] as string) : `${STRING}|${FLOAT}|${BOOLEAN}`;
}
