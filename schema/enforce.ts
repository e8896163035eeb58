/**
 * `enforcePolicy(schema)`: wraps the classified fields of a subgraph so that each answers what `Customer.access` allows:
 * the value, its mask, or null. WITHHOLD means that the field's own resolver is never called, so nothing is loaded and no
 * source is asked. Decides nothing itself; refuses to start on a schema it could not enforce.
 *
 * The directives on `astNode` are the only source of truth. A field finds its Customer by walking `info.path`, never by
 * response key, so it holds for aliases, fragments, `_entities`, lists and subscriptions alike.
 */
import { defaultFieldResolver, getNamedType, isCompositeType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { readAccess, withholdAll } from './access';
import { classify } from './classification';
import type { Access } from './access';
import type { FieldRule } from './classification';
import { maskValue } from './mask';
import { whenKnown } from './maybe-promise';
import type { MaybePromise } from './maybe-promise';
import type { DataCategory, Reason } from './policy';
import type { RequestPolicy } from './request-policy';

/** What was kept back, at a place of the subgraph's own answer; the gateway relocates the path to the client's. */
export type PrivacyNote = {
  readonly path: ReadonlyArray<string | number>;
  readonly category: DataCategory;
  readonly reason?: Reason;
};

/** Collects one request's notes: one entry per path pattern (list positions below the customer left out) and customer. */
export interface PrivacyReport {
  withheld(info: GraphQLResolveInfo, category: DataCategory, reason: Reason): void;
  masked(info: GraphQLResolveInfo, category: DataCategory): void;
  /** It is answered, and would be withheld for this reason once missing consent is not only observed any more. */
  observed(info: GraphQLResolveInfo, category: DataCategory, reason: Reason): void;
}

/** Told of what a request reads, for the audit trail: each customer with the decision, and each category that was asked for. */
export interface ReadLog {
  customer(id: string, access: Access): void;
  category(category: DataCategory): void;
}

export interface EnforcementContext {
  /** The verified policy of this request; without it everything classified is withheld. */
  readonly policy?: RequestPolicy | undefined;
  readonly privacy: PrivacyReport;
  readonly reads?: ReadLog | undefined;
}

export interface EnforceOptions {
  /** Where a Customer's access comes from: its representation, or in profiles the decision itself. */
  readonly accessOf: (customer: unknown, context: EnforcementContext) => MaybePromise<Access>;
  /** Key of the HASH mask. */
  readonly maskKey: string;
}

type Path = GraphQLResolveInfo['path'];
type Resolver = GraphQLFieldResolver<unknown, EnforcementContext>;

/** The access of the Customer whose fields hang below a path. Paths are objects, made once per place and request. */
const accessAt = new WeakMap<Path, Access>();
/** Classified edges that were passed, and whether what lies below one without a category of its own is masked. */
const maskedBelow = new WeakMap<Path, boolean>();

const NOBODY = withholdAll('UNAVAILABLE');

/** Errors: throws, naming every field, when a field reachable from Customer is unclassified, non-null or wrongly masked. */
export function enforcePolicy(schema: GraphQLSchema, options: EnforceOptions): GraphQLSchema {
  const customer = schema.getType('Customer');
  if (!isObjectType(customer)) return schema;
  for (const [type, rules] of classify(schema, customer)) {
    for (const [fieldName, rule] of rules) {
      const field = type.getFields()[fieldName];
      if (field) wrap(field, rule, type === customer, options);
    }
  }
  return schema;
}

function wrap(
  field: GraphQLField<unknown, EnforcementContext>,
  rule: FieldRule,
  ofCustomer: boolean,
  options: EnforceOptions,
): void {
  const inner = field.resolve ?? defaultFieldResolver;
  const enforced = enforcedResolver(field, rule, inner, options.maskKey);
  if (!ofCustomer) {
    field.resolve = enforced;
    return;
  }
  // A field of Customer itself: here the access is learnt, and remembered for all that hangs below.
  field.resolve = (parent, args, context, info) => {
    const place = info.path.prev;
    if (place === undefined || accessAt.has(place)) return enforced(parent, args, context, info);
    const access = context.policy === undefined ? NOBODY : options.accessOf(parent, context);
    return whenKnown(access, (known) => {
      accessAt.set(place, known);
      context.reads?.customer(String((parent as { readonly id?: unknown }).id), known);
      return enforced(parent, args, context, info);
    });
  };
}

function enforcedResolver(
  field: GraphQLField<unknown, EnforcementContext>,
  rule: FieldRule,
  inner: Resolver,
  maskKey: string,
): Resolver {
  if (rule.kind === 'not personal' || rule.kind === 'internal') return inner;
  const isEdge = isCompositeType(getNamedType(field.type));
  const { mask } = rule;

  if (rule.kind === 'inherits') {
    return (parent, args, context, info) => {
      const value = inner(parent, args, context, info);
      if (isEdge || !isMaskedAbove(info.path)) return value;
      return whenKnown(value, (known) => maskValue(mask, known, maskKey));
    };
  }

  const { category } = rule;
  return (parent, args, context, info) => {
    context.reads?.category(category);
    const decision = readAccess(accessAbove(info.path), category);
    if (decision.verdict === 'WITHHOLD') {
      context.privacy.withheld(info, category, decision.reason);
      return null;
    }
    const isMasked = decision.verdict === 'MASK';
    if (isMasked) context.privacy.masked(info, category);
    if (decision.observed) context.privacy.observed(info, category, decision.observed);
    if (isEdge) maskedBelow.set(info.path, isMasked);
    if (isEdge || !isMasked) return inner(parent, args, context, info);
    return whenKnown(inner(parent, args, context, info), (known) => maskValue(mask, known, maskKey));
  };
}

function accessAbove(path: Path): Access | undefined {
  for (let place = path.prev; place !== undefined; place = place.prev) {
    const access = accessAt.get(place);
    if (access !== undefined) return access;
  }
  return undefined;
}

/** Asks the nearest classified edge above: its category is the one that is inherited. */
function isMaskedAbove(path: Path): boolean {
  for (let place = path.prev; place !== undefined; place = place.prev) {
    const masked = maskedBelow.get(place);
    if (masked !== undefined) return masked;
  }
  return false;
}

/** Creates the collector of one request. `notes` are filled while the operation runs. */
export function createPrivacyReport(): PrivacyReport & {
  readonly notes: Readonly<Record<'withheld' | 'masked' | 'observed', PrivacyNote[]>>;
} {
  const seen = new Set<string>();
  const notes = { withheld: [] as PrivacyNote[], masked: [] as PrivacyNote[], observed: [] as PrivacyNote[] };
  const add = (list: keyof typeof notes, note: PrivacyNote) => {
    // What is masked may be observed besides.
    const key = `${note.path.join('\u0000')}\u0000${note.category}${list === 'observed' ? '\u0000' : ''}`;
    if (seen.has(key)) return;
    seen.add(key);
    notes[list].push(note);
  };
  return {
    notes,
    withheld: (info, category, reason) => add('withheld', { path: patternOf(info.path), category, reason }),
    masked: (info, category) => add('masked', { path: patternOf(info.path), category }),
    observed: (info, category, reason) => add('observed', { path: patternOf(info.path), category, reason }),
  };
}

/** The path of a field, without the list positions below its customer. */
function patternOf(path: Path): Array<string | number> {
  const pattern: Array<string | number> = [];
  let aboveCustomer = false;
  for (let place: Path | undefined = path; place !== undefined; place = place.prev) {
    aboveCustomer ||= accessAt.has(place);
    if (aboveCustomer || typeof place.key === 'string') pattern.unshift(place.key);
  }
  return pattern;
}
