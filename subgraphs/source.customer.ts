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

  // Fields are accessors of the class: there are a hundred customers in a request, and all have the same ones.
  class Prepared extends RepresentedCustomer {}
  for (const [fieldName, rule] of rules.get(type) ?? []) {
    const below = getNamedType(type.getFields()[fieldName]?.type);
    if (rule.kind === 'classified') defineField(Prepared.prototype, fieldName, [], rule.category);
    else if (rule.kind === 'not personal' && isObjectType(below)) {
      defineGroup(Prepared.prototype, fieldName, rules.get(below) ?? new Map<string, FieldRule>());
    }
  }
  return (options) => new Prepared(options);
}

type Options = Parameters<CreateSourceCustomer>[0];

class RepresentedCustomer implements SourceCustomer {
  readonly __typename = 'Customer';
  readonly id: string;
  readonly access: Access | undefined;
  readonly keys: readonly string[];
  place: SourceCustomer['place'] = undefined;
  onPlaced: SourceCustomer['onPlaced'] = undefined;
  readonly #load: Options['load'];
  #loading: Promise<OpenRecord | null> | undefined;
  #record: OpenRecord | null | undefined;

  constructor({ id, access, keys, load }: Options) {
    this.id = id;
    this.access = access;
    this.keys = keys;
    this.#load = load;
  }

  read(category: DataCategory): MaybePromise<Record<string, unknown> | null> {
    if (this.keys.length === 0 || !this.#isVisible(category)) return null;
    if (this.#record !== undefined) return this.#record?.open(category) ?? null;
    return this.#loadOnce().then((loaded) => loaded?.open(category) ?? null);
  }

  prefetch(categories: readonly DataCategory[]): Promise<void> | undefined {
    if (this.keys.length === 0 || !categories.some((category) => this.#isVisible(category))) return undefined;
    return this.#loadOnce().then(ignore, ignore);
  }

  #isVisible(category: DataCategory): boolean {
    return readAccess(this.access, category).verdict !== 'WITHHOLD';
  }

  #loadOnce(): Promise<OpenRecord | null> {
    return (this.#loading ??= this.#load(this).then((loaded) => (this.#record = loaded)));
  }
}

function ignore(): void {}

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
  class Group {
    readonly #customer: SourceCustomer;
    constructor(customer: SourceCustomer) {
      this.#customer = customer;
    }
    read(category: DataCategory) {
      return this.#customer.read(category);
    }
  }
  for (const [fieldName, rule] of fields) {
    if (rule.kind === 'classified') defineField(Group.prototype, fieldName, [groupName], rule.category);
  }
  Object.defineProperty(target, groupName, {
    get(this: SourceCustomer) {
      return new Group(this);
    },
    configurable: true,
  });
}

function valueAt(part: Record<string, unknown> | null, path: readonly string[]): unknown {
  let value: unknown = part;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value ?? null;
}
