/**
 * Shopify's search syntax, the part connectors need: `field:value`, comparators `:>= :> :<= :<`, quotes, a trailing `*`,
 * AND (or just a blank), OR, NOT and `-`, parentheses, free text. A field that cannot be searched is ignored with a
 * warning, as Shopify does: the result is then larger than meant. It must not know what is searched.
 * Source: shopify.dev "API search syntax"; searchable fields per connection from the schema's descriptions.
 */

/** How a field's values compare: as numbers, as instants, or as text regardless of case. */
export type FieldKind = 'number' | 'time' | 'text';

/** What can be searched in a record. Shape: a field may have several values (tags); none match null. */
export interface Searchable<T> {
  fields: Readonly<Record<string, { kind: FieldKind; of: (record: T) => string | number | null | readonly string[] }>>;
  /** The text that terms without a field are looked for in. */
  text: (record: T) => string;
}

export interface CompiledQuery<T> {
  matches: (record: T) => boolean;
  /** Fields that were ignored. */
  ignored: string[];
}

type Predicate<T> = (record: T) => boolean;
type Term = { field?: string; comparator: string; value: string };

const TOKEN = /\s*(?:([()])|(-?)(?:([A-Za-z_.]+):)?(>=|<=|>|<)?(?:"([^"]*)"|'((?:[^'\\]|\\.)*)'|([^\s()]+)))/y;

/** Compiles a query; an empty one matches everything. Errors: never; what makes no sense is free text. */
export function compileQuery<T>(options: { query: string; searchable: Searchable<T> }): CompiledQuery<T> {
  const { query, searchable } = options;
  const ignored: string[] = [];
  const tokens = tokenize(query.trim());
  let at = 0;

  const alternatives = (): Predicate<T> => {
    const any = [conjunction()];
    while (isWord(tokens[at], 'OR')) {
      at += 1;
      any.push(conjunction());
    }
    return any.length === 1 ? any[0]! : (record) => any.some((matches) => matches(record));
  };
  const conjunction = (): Predicate<T> => {
    const all: Predicate<T>[] = [];
    while (at < tokens.length && tokens[at] !== ')' && !isWord(tokens[at], 'OR')) {
      if (isWord(tokens[at], 'AND')) at += 1;
      else all.push(negatable());
    }
    return (record) => all.every((matches) => matches(record));
  };
  const negatable = (): Predicate<T> => {
    const token = tokens[at++]!;
    if (isWord(token, 'NOT') && at < tokens.length) return not(negatable());
    if (token === '(') {
      const inner = alternatives();
      if (tokens[at] === ')') at += 1;
      return inner;
    }
    if (typeof token === 'string') return () => true;
    const matches = termPredicate({ term: token.term, searchable, ignored });
    return token.negated ? not(matches) : matches;
  };
  return { matches: alternatives(), ignored };
}

type Token = '(' | ')' | { negated: boolean; quoted: boolean; term: Term };

function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(query); match; match = TOKEN.exec(query)) {
    const [, bracket, minus, field, comparator = '=', double, single, bare] = match;
    if (bracket === '(' || bracket === ')') tokens.push(bracket);
    else {
      const value = double ?? single?.replace(/\\(.)/g, '$1') ?? bare ?? '';
      const term = { ...(field !== undefined && { field }), comparator, value };
      tokens.push({ negated: minus === '-', quoted: bare === undefined, term });
    }
  }
  return tokens;
}

const not =
  <T>(matches: Predicate<T>): Predicate<T> =>
  (record) =>
    !matches(record);

const isWord = (token: Token | undefined, word: string): boolean =>
  typeof token === 'object' && !token.quoted && token.term.field === undefined && token.term.value === word;

function termPredicate<T>(options: { term: Term; searchable: Searchable<T>; ignored: string[] }): Predicate<T> {
  const { term, searchable, ignored } = options;
  const wanted = term.value.toLowerCase();
  if (term.field === undefined) return (record) => searchable.text(record).toLowerCase().includes(wanted);
  const field = Object.hasOwn(searchable.fields, term.field) ? searchable.fields[term.field] : undefined;
  if (!field) {
    ignored.push(term.field);
    return () => true;
  }
  const accepts = comparison({ kind: field.kind, ...term });
  return (record) => {
    const value = field.of(record);
    if (value === null) return false;
    return typeof value === 'object' ? value.some(accepts) : accepts(value);
  };
}

/** Reads the wanted value once, because it is then compared with every record of the shop. */
function comparison(options: {
  kind: FieldKind;
  comparator: string;
  value: string;
}): (one: string | number) => boolean {
  const { kind, comparator, value } = options;
  if (kind === 'text') {
    const wanted = value.toLowerCase();
    if (!wanted.endsWith('*')) return (one) => String(one).toLowerCase() === wanted;
    return (one) => String(one).toLowerCase().startsWith(wanted.slice(0, -1));
  }
  // A day without a time stands for all of it.
  if (kind === 'time' && comparator === '=' && /^\d{4}-\d\d-\d\d$/.test(value)) {
    return (one) => String(one).startsWith(value);
  }
  const read = kind === 'time' ? (one: string | number) => Date.parse(String(one)) : Number;
  const wanted = read(value);
  if (comparator === '>=') return (one) => read(one) >= wanted;
  if (comparator === '<=') return (one) => read(one) <= wanted;
  if (comparator === '>') return (one) => read(one) > wanted;
  return comparator === '<' ? (one) => read(one) < wanted : (one) => read(one) === wanted;
}
