/**
 * Reads the two directives off a subgraph's schema and gives every field reachable from Customer its rule. Finds, before
 * anything is served, each field that enforcement could not protect. Must not wrap or resolve anything.
 */
import { getDirectiveValues, getNamedType, isAbstractType, isNonNullType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { MASKS } from './mask';
import type { MaskKind } from './mask';
import { CATEGORIES } from './policy';
import type { DataCategory } from './policy';
import { purposeTable, rightsTable } from './policy-table';

export type FieldRule =
  | { readonly kind: 'not personal'; readonly mask?: undefined }
  /** Passes between subgraphs only; clients cannot select it, so nothing below it is looked at. */
  | { readonly kind: 'internal'; readonly mask?: undefined }
  /** Carries `@personalData` itself. */
  | { readonly kind: 'classified'; readonly category: DataCategory; readonly mask: MaskKind | undefined }
  /** Lies below a classified edge, whose category it has by the path taken. */
  | { readonly kind: 'inherits'; readonly mask: MaskKind | undefined };

type Rules = Map<GraphQLObjectType, Map<string, FieldRule>>;

/** Categories that some purpose or role sees masked. */
const maskable = new Set(
  CATEGORIES.filter((category) =>
    [...Object.values(purposeTable), ...Object.values(rightsTable)].some(({ cells }) => cells[category] === 'm'),
  ),
);

const INTERNAL_DIRECTIVES = ['inaccessible', 'external'];

/** Errors: one Error that lists every field at fault. */
export function classify(schema: GraphQLSchema, customer: GraphQLObjectType): Rules {
  const rules: Rules = new Map();
  const faults: string[] = [];
  const visited = new Set<string>();

  const visit = (type: GraphQLObjectType, inherited: DataCategory | null) => {
    const place = `${type.name} ${inherited ?? ''}`;
    if (visited.has(place)) return;
    visited.add(place);
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOf(schema, field, inherited);
      const name = `${type.name}.${field.name}`;
      if (rule === null) {
        faults.push(`${name} has neither @personalData nor @notPersonal and lies below no classified field`);
        continue;
      }
      faults.push(...faultsOf(name, field, rule, inherited));
      const known = rules.get(type) ?? new Map<string, FieldRule>();
      rules.set(type, known.set(field.name, rule));
      if (rule.kind === 'internal') continue;
      for (const below of objectTypesOf(schema, field)) {
        if (below !== customer) visit(below, rule.kind === 'classified' ? rule.category : inherited);
      }
    }
  };
  visit(customer, null);

  if (faults.length > 0) {
    throw new Error(`The schema cannot be enforced:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
  return rules;
}

/** Which categories each field of Customer holds something of: its own, or those of the fields it groups. */
export function categoriesOfCustomer(schema: GraphQLSchema): Map<string, DataCategory[]> {
  const customer = schema.getType('Customer');
  if (!isObjectType(customer)) return new Map();
  const rules = classify(schema, customer);
  const categoriesBelow = (type: GraphQLObjectType): DataCategory[] =>
    [...(rules.get(type) ?? [])].flatMap(([name, rule]) => {
      if (rule.kind === 'classified') return [rule.category];
      const below = getNamedType(type.getFields()[name]?.type);
      return rule.kind === 'not personal' && isObjectType(below) && below !== type ? categoriesBelow(below) : [];
    });
  const fields = [...(rules.get(customer) ?? [])].map(([name, rule]): [string, DataCategory[]] => {
    const below = getNamedType(customer.getFields()[name]?.type);
    if (rule.kind === 'classified') return [name, [rule.category]];
    return [name, rule.kind === 'not personal' && isObjectType(below) ? categoriesBelow(below) : []];
  });
  return new Map(fields);
}

/** What a field can answer: its type, or every member of its interface or union. None for a leaf. */
function objectTypesOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (isAbstractType(type)) return schema.getPossibleTypes(type);
  return isObjectType(type) ? [type] : [];
}

function ruleOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  inherited: DataCategory | null,
): FieldRule | null {
  const { astNode } = field;
  const directives = astNode?.directives?.map(({ name }) => name.value) ?? [];
  const personalData = schema.getDirective('personalData');
  if (personalData && astNode && directives.includes('personalData')) {
    const values = getDirectiveValues(personalData, astNode) as { category: DataCategory; mask?: MaskKind };
    return { kind: 'classified', category: values.category, mask: values.mask };
  }
  if (directives.includes('notPersonal')) return { kind: 'not personal' };
  if (directives.some((name) => INTERNAL_DIRECTIVES.includes(name))) return { kind: 'internal' };
  return inherited === null ? null : { kind: 'inherits', mask: undefined };
}

function faultsOf(
  name: string,
  field: GraphQLField<unknown, unknown>,
  rule: FieldRule,
  inherited: DataCategory | null,
): string[] {
  const faults: string[] = [];
  const belowMaskable = inherited !== null && maskable.has(inherited);
  if (rule.kind === 'classified' && !CATEGORIES.includes(rule.category)) {
    faults.push(`${name}: unknown category ${String(rule.category)}`);
  }
  if (isNonNullType(field.type) && (rule.kind === 'classified' || (rule.kind === 'inherits' && belowMaskable))) {
    faults.push(`${name} is non-null: withholding it would null the whole Customer`);
  }
  if (rule.mask !== undefined && !maskFits(rule.mask, getNamedType(field.type).name)) {
    faults.push(`${name}: mask ${rule.mask} does not fit a ${getNamedType(field.type).name}`);
  }
  return faults;
}

function maskFits(mask: MaskKind, typeName: string): boolean {
  if (!MASKS.includes(mask)) return false;
  if (mask === 'COARSE') return true;
  return mask === 'MONEY' ? ['Int', 'Float', 'SafeInt'].includes(typeName) : ['String', 'ID'].includes(typeName);
}
