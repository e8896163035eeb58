/**
 * Plans as we know them, read strictly from the native planner's answer.
 * Must not execute anything, and must not let a plan part through that it does not know: what is unknown is refused by name.
 * Condition nodes are among the unknown: conditions are resolved before planning (see operation.ts).
 */
import { refusal } from './refusal';

export type PlanNode = FetchNode | EntityFetchNode | SequenceNode | ParallelNode | SubscriptionNode;

/** Asks one subgraph for root fields. */
export interface FetchNode {
  readonly kind: 'fetch';
  readonly serviceName: string;
  readonly operation: string;
  readonly isMutation: boolean;
  readonly variableUsages: readonly string[];
}

/** Asks one subgraph for fields of entities: one `_entities` field, or several under aliases, in one request. */
export interface EntityFetchNode {
  readonly kind: 'entityFetch';
  readonly serviceName: string;
  readonly operation: string;
  readonly variableUsages: readonly string[];
  readonly entities: readonly EntitySelection[];
}

/** Which entities of the tree are asked for under one `_entities` field, and what is sent to name them. */
export interface EntitySelection {
  readonly answerKey: string;
  readonly representationsVariable: string;
  readonly paths: readonly PlanPath[];
  readonly requires: readonly RequiredSelection[];
  readonly renames: readonly TypeRename[];
}

/** The subgraph that is asked knows entities of these types under one name: its interface object's. */
export interface TypeRename {
  readonly types: readonly string[];
  readonly to: string;
}

export type PlanPath = readonly PathStep[];
export type PathStep =
  | { readonly kind: 'field'; readonly key: string }
  | { readonly kind: 'elements' }
  | { readonly kind: 'types'; readonly names: readonly string[] };

export type RequiredSelection =
  | {
      readonly kind: 'field';
      readonly from: string;
      readonly to: string;
      readonly selections?: readonly RequiredSelection[];
    }
  | {
      readonly kind: 'fragment';
      readonly type: string;
      readonly selections: readonly RequiredSelection[];
    };

/** Opens a source stream at one subgraph; what follows it is done for each event. */
export interface SubscriptionNode {
  readonly kind: 'subscription';
  readonly primary: FetchNode;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly nodes: readonly PlanNode[];
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly nodes: readonly PlanNode[];
}

/** Reads the native planner's answer; undefined is the empty plan. */
export function parsePlan(answer: unknown): PlanNode | undefined {
  const plan = record(answer, 'QueryPlan', ['kind', 'node']);
  if (plan.kind !== 'QueryPlan') throw refusal(`the plan kind ${quoted(plan.kind)}`);
  return plan.node === undefined || plan.node === null ? undefined : parseNode(plan.node);
}

function parseNode(value: unknown): PlanNode {
  const kind = (value as { kind?: unknown } | null)?.kind;
  switch (kind) {
    case 'Fetch':
      return parseRootFetch(value);
    case 'BatchFetch':
      return parseBatchFetch(value);
    case 'Flatten': {
      const node = record(value, 'Flatten', ['kind', 'path', 'node']);
      return parseEntityFetch(node.node, parsePath(node.path));
    }
    case 'Subscription': {
      const node = record(value, 'Subscription', ['kind', 'primary']);
      return { kind: 'subscription', primary: parseRootFetch(node.primary, 'subscription') };
    }
    case 'Sequence':
    case 'Parallel': {
      const node = record(value, kind, ['kind', 'nodes']);
      const nodes = list(node.nodes, `${kind}.nodes`).map(parseNode);
      return { kind: kind === 'Sequence' ? 'sequence' : 'parallel', nodes };
    }
    default:
      throw refusal(`the plan node ${quoted(kind)}`);
  }
}

/** `customScalarPaths` tells JSON parsers where to stop; we copy scalars as they came, so it is read past. */
const FETCH_KEYS = [
  'kind',
  'serviceName',
  'variableUsages',
  'operationKind',
  'operationName',
  'operation',
  'customScalarPaths',
];

function parseRootFetch(value: unknown, streams?: 'subscription'): FetchNode {
  const node = record(value, 'Fetch', [...FETCH_KEYS, 'inputRewrites']);
  // The planner leaves them where a later fetch is for an interface object; nothing goes into this one, so there is nothing to rename.
  parseRenames(node.inputRewrites);
  const fetch = parseRequest(node, 'Fetch', streams === undefined ? ['query', 'mutation'] : [streams]);
  return { kind: 'fetch', ...fetch, isMutation: node.operationKind === 'mutation' };
}

function parseEntityFetch(value: unknown, path: PlanPath): EntityFetchNode {
  const kind = (value as { kind?: unknown } | null)?.kind;
  if (kind !== 'Fetch') throw refusal(`the plan node ${quoted(kind)} below Flatten`);
  const node = record(value, 'Fetch', [...FETCH_KEYS, 'requires', 'inputRewrites']);
  const entities: EntitySelection = {
    answerKey: '_entities',
    representationsVariable: 'representations',
    paths: [path],
    requires: parseRequires(node.requires),
    renames: parseRenames(node.inputRewrites),
  };
  return { kind: 'entityFetch', ...parseRequest(node, 'Fetch'), entities: [entities] };
}

function parseBatchFetch(value: unknown): EntityFetchNode {
  const node = record(value, 'BatchFetch', [...FETCH_KEYS, 'entityBatch']);
  const batch = record(node.entityBatch, 'BatchFetch.entityBatch', ['aliases']);
  const entities = list(batch.aliases, 'BatchFetch.entityBatch.aliases').map((value): EntitySelection => {
    const known = ['alias', 'representationsVariableName', 'paths', 'requires', 'inputRewrites'];
    const alias = record(value, 'BatchFetch.entityBatch.aliases[]', known);
    return {
      answerKey: text(alias.alias, 'alias'),
      representationsVariable: text(alias.representationsVariableName, 'representationsVariableName'),
      paths: list(alias.paths, 'paths').map(parsePath),
      requires: parseRequires(alias.requires),
      renames: parseRenames(alias.inputRewrites),
    };
  });
  return { kind: 'entityFetch', ...parseRequest(node, 'BatchFetch'), entities };
}

function parseRequest(node: Record<string, unknown>, kind: string, operationKinds: readonly string[] = ['query']) {
  const operationKind = text(node.operationKind ?? 'query', `${kind}.operationKind`);
  if (!operationKinds.includes(operationKind)) {
    throw refusal(`the operation kind ${quoted(operationKind)} in ${kind}`);
  }
  return {
    serviceName: text(node.serviceName, `${kind}.serviceName`),
    operation: text(node.operation, `${kind}.operation`),
    variableUsages: isAbsent(node.variableUsages)
      ? []
      : list(node.variableUsages, `${kind}.variableUsages`).map((name) => text(name, `${kind}.variableUsages`)),
  };
}

function parsePath(value: unknown): PlanPath {
  return list(value, 'Flatten.path').map((step): PathStep => {
    if (step === '@') return { kind: 'elements' };
    const known = record(step, 'Flatten.path', ['Field', 'TypeCondition']);
    if (known.Field !== undefined && known.TypeCondition === undefined) {
      return { kind: 'field', key: text(known.Field, 'Flatten.path.Field') };
    }
    const names = list(known.TypeCondition, 'Flatten.path.TypeCondition').map((name) => text(name, 'TypeCondition'));
    return { kind: 'types', names };
  });
}

function parseRequires(value: unknown): readonly RequiredSelection[] {
  return list(value, 'requires').map((selection): RequiredSelection => {
    const kind = (selection as { kind?: unknown } | null)?.kind;
    if (kind === 'Field') {
      const field = record(selection, 'requires.Field', ['kind', 'name', 'alias', 'selections']);
      const from = text(field.name, 'requires.Field.name');
      return {
        kind: 'field',
        from,
        to: isAbsent(field.alias) ? from : text(field.alias, 'requires.Field.alias'),
        ...(isAbsent(field.selections) ? {} : { selections: parseRequires(field.selections) }),
      };
    }
    if (kind !== 'InlineFragment') throw refusal(`the required selection ${quoted(kind)}`);
    const known = ['kind', 'typeCondition', 'selections'];
    const fragment = record(selection, 'requires.InlineFragment', known);
    return {
      kind: 'fragment',
      type: text(fragment.typeCondition, 'requires.InlineFragment.typeCondition'),
      selections: parseRequires(fragment.selections),
    };
  });
}

/** Of the rewrites there are, the one that names an entity as an interface object. */
function parseRenames(value: unknown): readonly TypeRename[] {
  if (isAbsent(value)) return [];
  return list(value, 'inputRewrites').map((rewrite): TypeRename => {
    const { ValueSetter } = record(rewrite, 'inputRewrites[]', ['ValueSetter']);
    const setter = record(ValueSetter, 'inputRewrites[].ValueSetter', ['path', 'setValueTo']);
    const [types, key, ...rest] = list(setter.path, 'ValueSetter.path');
    const { Key } = record(key, 'ValueSetter.path[1]', ['Key']);
    if (Key !== '__typename' || rest.length > 0) throw refusal(`the rewrite of ${quoted(Key)}`);
    const { TypenameEquals } = record(types, 'ValueSetter.path[0]', ['TypenameEquals']);
    return {
      types: list(TypenameEquals, 'TypenameEquals').map((name) => text(name, 'TypenameEquals')),
      to: text(setter.setValueTo, 'ValueSetter.setValueTo'),
    };
  });
}

function record(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw refusal(`${quoted(value)} as ${where} of the plan`);
  for (const [key, part] of Object.entries(value)) {
    if (!known.includes(key) && !isAbsent(part)) throw refusal(`the plan key ${quoted(key)} in ${where}`);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refusal(`${quoted(value)} as ${where} of the plan`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw refusal(`${quoted(value)} as ${where} of the plan`);
  return value;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
