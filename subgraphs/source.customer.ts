/**
 * A Customer as a source's resolvers see it: a representation that reads its record when a field first asks, category by
 * category, and never one that is withheld. Plain fields answer themselves from the record, so that a source author writes
 * only the field and its `@personalData`. Must not fetch; the loader does.
 */
import { getNamedType, isObjectType } from 'graphql';
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { readAccess } from '../schema/access';
import type { Access } from '../schema/access';
import { classify } from '../schema/classification';
import type { FieldRule } from '../schema/classification';
import { whenKnown } from '../schema/maybe-promise';
import type { MaybePromise } from '../schema/maybe-promise';
import type { DataCategory } from '../schema/policy';

/** A record that was read: what it says, category by category. */
export interface OpenRecord {
  /** null: the source knows nothing of this category. */
  open(category: DataCategory): Record<string, unknown> | null;
}

export interface SourceCustomer {
  readonly id: string;
  readonly access: Access | undefined;
  /** The customer's ids at this source; none: the source does not know the customer. */
  readonly keys: readonly string[];
  /** The part of Customer that is of one category; null where that is withheld or unknown. Errors: UPSTREAM_*, STORE_*. */
  read(category: DataCategory): MaybePromise<Record<string, unknown> | null>;
  /** Loads the record if one of these categories may be seen, so that `read` need not wait. Never rejects: `read` does. */
  prefetch(categories: readonly DataCategory[]): Promise<void> | undefined;
  /** Where the customer stands in the response; set when its first field is resolved. */
  place?: GraphQLResolveInfo['path'] | undefined;
  /** Told of the place, when a record was there before it. */
  onPlaced?: (() => void) | undefined;
}

export type CreateSourceCustomer = (options: {
  readonly id: string;
  readonly access: Access | undefined;
  readonly keys: readonly string[];
  readonly load: (customer: SourceCustomer) => Promise<OpenRecord | null>;
}) => SourceCustomer;

/** Reads off the schema which property of a record answers which field, once per subgraph. */
export function prepareSourceCustomer(schema: GraphQLSchema): CreateSourceCustomer {
  const type = schema.getType('Customer');
  if (!isObjectType(type)) throw new Error('Expected the subgraph to have a type Customer, but it has none.');
  const rules = classify(schema, type);

  const prototype: object = {};
  for (const [fieldName, rule] of rules.get(type) ?? []) {
    const below = getNamedType(type.getFields()[fieldName]?.type);
    if (rule.kind === 'classified') defineField(prototype, fieldName, [], rule.category);
    else if (rule.kind === 'not personal' && isObjectType(below)) {
      defineGroup(prototype, fieldName, rules.get(below) ?? new Map<string, FieldRule>());
    }
  }

  return ({ id, access, keys, load }) => {
    const customer = Object.create(prototype) as SourceCustomer;
    let loading: Promise<OpenRecord | null> | undefined;
    let record: OpenRecord | null | undefined;
    const loadOnce = () =>
      (loading ??= load(customer).then((loaded) => {
        record = loaded;
        return loaded;
      }));
    const isVisible = (category: DataCategory) => readAccess(access, category).verdict !== 'WITHHOLD';
    const read = (category: DataCategory) => {
      if (keys.length === 0 || !isVisible(category)) return null;
      return whenKnown(record === undefined ? loadOnce() : record, (known) => known?.open(category) ?? null);
    };
    const prefetch = (categories: readonly DataCategory[]) =>
      keys.length > 0 && categories.some(isVisible)
        ? loadOnce().then(
            () => undefined,
            () => undefined,
          )
        : undefined;
    return Object.assign(customer, { id, access, keys, read, prefetch });
  };
}

function defineField(target: object, fieldName: string, path: readonly string[], category: DataCategory): void {
  const whole = [...path, fieldName];
  Object.defineProperty(target, fieldName, {
    // Where a source has a resolver of its own for the field, this is simply not asked.
    get(this: Pick<SourceCustomer, 'read'>) {
      return whenKnown(this.read(category), (part) => valueAt(part, whole));
    },
    // `Object.assign` and class fields must be able to shadow it.
    set(value: unknown) {
      Object.defineProperty(this, fieldName, { value, writable: true, enumerable: true, configurable: true });
    },
    configurable: true,
  });
}

/** A grouping like `contact`: not personal itself, and there whatever of it may be seen. */
function defineGroup(target: object, groupName: string, fields: ReadonlyMap<string, FieldRule>): void {
  const group: object = {};
  for (const [fieldName, rule] of fields) {
    if (rule.kind === 'classified') defineField(group, fieldName, [groupName], rule.category);
  }
  Object.defineProperty(target, groupName, {
    get(this: SourceCustomer) {
      const { read } = this;
      return Object.assign(Object.create(group) as object, { read });
    },
    configurable: true,
  });
}

function valueAt(part: Record<string, unknown> | null, path: readonly string[]): unknown {
  return (
    path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], part) ?? null
  );
}
