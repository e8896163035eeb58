/**
 * Selection sets compiled to closures: what graphql-js finds out per field and request (which fields, which arguments, which type
 * completes them) is found out before. Must not read a whole operation; compiled-query.ts does.
 *
 * Source: GraphQL specification, October 2021, sections 6.3 and 6.4.
 */
import {
  defaultTypeResolver,
  getArgumentValues,
  getNullableType,
  GraphQLError,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  responsePathAsArray,
  TypeNameMetaFieldDef,
} from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  GraphQLAbstractType,
  GraphQLField,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  SelectionNode,
} from 'graphql';
import { isThenable, whenKnown } from '../schema/maybe-promise';
import type { MaybePromise } from '../schema/maybe-promise';

type Path = GraphQLResolveInfo['path'];

export interface Run {
  readonly context: unknown;
  readonly variables: Record<string, unknown>;
  readonly errors: GraphQLError[];
}

/** Throws what makes the place above it null. */
type Complete = (run: Run, value: unknown, path: Path, info: GraphQLResolveInfo) => MaybePromise<unknown>;

export interface Field {
  readonly key: string;
  execute(run: Run, source: unknown, parentPath: Path | undefined): MaybePromise<unknown>;
}

/** Not covered: left to graphql-js. */
export class NotCompiled extends Error {}

export function executeFields(
  run: Run,
  fields: readonly Field[],
  source: unknown,
  path: Path | undefined,
): MaybePromise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  let pending: Array<Promise<void>> | undefined;
  try {
    for (const { key, execute } of fields) {
      const value = execute(run, source, path);
      result[key] = value;
      if (isThenable(value)) {
        (pending ??= []).push(
          value.then((known) => {
            result[key] = known;
          }) as Promise<void>,
        );
      }
    }
  } catch (error) {
    return settledFirst(pending, error);
  }
  return pending === undefined ? result : Promise.all(pending).then(() => result);
}

/** Fails with the error, when what is under way has ended: its own failures must have somebody who hears of them. */
function settledFirst(underWay: readonly unknown[] | undefined, error: unknown): Promise<never> {
  if (underWay?.some(isThenable) !== true) throw error;
  return Promise.allSettled(underWay).then(() => {
    throw error;
  });
}

export function createFieldCompiler(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: GraphQLResolveInfo['operation'],
) {
  const fragments: GraphQLResolveInfo['fragments'] = Object.fromEntries(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );

  function fieldsOf(type: GraphQLObjectType, selections: ReadonlyArray<readonly SelectionNode[]>): readonly Field[] {
    const grouped = new Map<string, FieldNode[]>();
    const collect = (nodes: readonly SelectionNode[]): void => {
      for (const node of nodes) {
        if ((node.directives ?? []).length > 0) throw new NotCompiled();
        if (node.kind === Kind.FIELD) {
          const key = node.alias?.value ?? node.name.value;
          const known = grouped.get(key);
          if (known === undefined) grouped.set(key, [node]);
          else known.push(node);
          continue;
        }
        const part = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
        const condition = part?.typeCondition && schema.getType(part.typeCondition.name.value);
        const applies =
          !condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
        if (part !== undefined && applies) collect(part.selectionSet.selections);
      }
    };
    selections.forEach(collect);
    return [...grouped].map(([key, nodes]) => fieldOf(type, key, nodes));
  }

  function fieldOf(parentType: GraphQLObjectType, key: string, fieldNodes: readonly FieldNode[]): Field {
    const [node] = fieldNodes as [FieldNode];
    const fieldName = node.name.value;
    const definition: GraphQLField<unknown, unknown> | undefined =
      fieldName === '__typename' ? TypeNameMetaFieldDef : parentType.getFields()[fieldName];
    // An object with such a key would lose its prototype.
    if (definition === undefined || key === '__proto__') throw new NotCompiled();
    const returnType = definition.type;
    const { settle, fail } = placeOf(returnType, fieldNodes, `${parentType.name}.${fieldName}`);
    const usesVariables = (node.arguments ?? []).some(({ value }) => JSON.stringify(value).includes('"Variable"'));
    const fixedArguments = usesVariables ? undefined : getArgumentValues(definition, node, {});
    const { resolve } = definition;
    const typename = parentType.name;

    const execute = (run: Run, source: unknown, prev: Path | undefined): MaybePromise<unknown> => {
      const path: Path = { prev, key, typename };
      const info = {
        fieldName,
        fieldNodes,
        returnType,
        parentType,
        path,
        schema,
        fragments,
        rootValue: undefined,
        operation,
        variableValues: run.variables,
        // Other packages' types add to this one what graphql-js 16 does not have.
      } as unknown as GraphQLResolveInfo;
      try {
        const parameters =
          fixedArguments === undefined ? getArgumentValues(definition, node, run.variables) : { ...fixedArguments };
        const value =
          resolve === undefined
            ? propertyOf(source, fieldName, parameters, run.context, info)
            : resolve(source, parameters, run.context, info);
        return settle(run, value, path, info);
      } catch (raw) {
        return fail(run, raw, path);
      }
    };
    return { key, execute };
  }

  /** A place in the answer that an error of its own can make null: a field, or an item of a list. */
  function placeOf(type: GraphQLOutputType, nodes: readonly FieldNode[], name: string) {
    const complete = completeOf(type, nodes, name);
    const isNonNull = isNonNullType(type);
    const fail = (run: Run, raw: unknown, path: Path): null => {
      const error = locatedError(raw, nodes, responsePathAsArray(path));
      if (isNonNull) throw error;
      run.errors.push(error);
      return null;
    };
    const settle: Complete = (run, value, path, info) => {
      try {
        const completed = isThenable(value)
          ? value.then((known) => complete(run, known, path, info))
          : complete(run, value, path, info);
        if (!isThenable(completed)) return completed;
        return completed.then(undefined, (raw: unknown) => fail(run, raw, path)) as Promise<unknown>;
      } catch (raw) {
        return fail(run, raw, path);
      }
    };
    return { settle, fail };
  }

  function completeOf(type: GraphQLOutputType, nodes: readonly FieldNode[], place: string): Complete {
    if (isNonNullType(type)) {
      const inner = completeNullable(getNullableType(type), nodes, place);
      const refuse = (value: unknown) => {
        if (value === null) throw new Error(`Cannot return null for non-nullable field ${place}.`);
        return value;
      };
      return (run, value, path, info) => whenKnown(inner(run, value, path, info) as MaybePromise<unknown>, refuse);
    }
    return completeNullable(type, nodes, place);
  }

  function completeNullable(type: GraphQLOutputType, nodes: readonly FieldNode[], place: string): Complete {
    const complete = completeValue(type, nodes, place);
    return (run, value, path, info) => {
      if (value instanceof Error) throw value;
      return value === null || value === undefined ? null : complete(run, value, path, info);
    };
  }

  function completeValue(type: GraphQLOutputType, nodes: readonly FieldNode[], place: string): Complete {
    if (isLeafType(type)) {
      return (_run, value) => {
        const serialized: unknown = type.serialize(value);
        if (serialized === null || serialized === undefined) {
          throw new Error(`Expected \`${type.name}.serialize\` to give a value, but it gave none.`);
        }
        return serialized;
      };
    }
    if (isListType(type)) return completeList(type.ofType as GraphQLOutputType, nodes, place);
    const selections = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet.selections] : []));
    if (isObjectType(type)) {
      if (type.isTypeOf) throw new NotCompiled();
      const fields = fieldsOf(type, selections);
      return (run, value, path) => executeFields(run, fields, value, path);
    }
    if (isAbstractType(type)) return completeAbstract(type, selections, place);
    throw new NotCompiled();
  }

  function completeList(itemType: GraphQLOutputType, nodes: readonly FieldNode[], place: string): Complete {
    const { settle } = placeOf(itemType, nodes, place);
    return (run, value, prev, info) => {
      if (typeof value !== 'object' || !(Symbol.iterator in (value as object))) {
        throw new GraphQLError(`Expected Iterable, but did not find one for field "${place}".`);
      }
      const items: Array<MaybePromise<unknown>> = [];
      let isPending = false;
      try {
        for (const item of value as Iterable<unknown>) {
          const completed = settle(run, item, { prev, key: items.length, typename: undefined }, info);
          isPending ||= isThenable(completed);
          items.push(completed);
        }
      } catch (error) {
        return settledFirst(items, error);
      }
      return isPending ? Promise.all(items) : items;
    };
  }

  function completeAbstract(
    type: GraphQLAbstractType,
    selections: ReadonlyArray<readonly SelectionNode[]>,
    place: string,
  ): Complete {
    const resolveType = type.resolveType ?? defaultTypeResolver;
    const possible = new Map(
      schema.getPossibleTypes(type).map((each) => {
        if (each.isTypeOf) throw new NotCompiled();
        return [each.name, fieldsOf(each, selections)] as const;
      }),
    );
    return (run, value, path, info) =>
      whenKnown(resolveType(value, run.context, info, type) as MaybePromise<string | undefined>, (name) => {
        const fields = name === undefined ? undefined : possible.get(name);
        if (fields === undefined) {
          throw new GraphQLError(
            `Expected a value for field "${place}" to be of a type that "${type.name}" can be, but it is of none.`,
          );
        }
        return executeFields(run, fields, value, path);
      });
  }

  return { fieldsOf };
}

/** As graphql-js reads a field that has no resolver. */
function propertyOf(
  source: unknown,
  fieldName: string,
  parameters: Record<string, unknown>,
  context: unknown,
  info: GraphQLResolveInfo,
): unknown {
  if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined;
  const property = (source as Record<string, unknown>)[fieldName];
  return typeof property === 'function'
    ? (source as Record<string, (...given: unknown[]) => unknown>)[fieldName]?.(parameters, context, info)
    : property;
}
