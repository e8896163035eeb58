/**
 * A query compiled to closures, once per document. Gives what `execute` of graphql-js gives, data, nulls, errors and their order; what
 * is not covered is left to that (`null`). Must not know of policy: that is in the schema's resolvers.
 */
import { getOperationAST, getVariableValues, OperationTypeNode } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { isThenable } from '../schema/maybe-promise';
import type { MaybePromise } from '../schema/maybe-promise';
import { createFieldCompiler, executeFields, NotCompiled } from './compiled-fields';
import type { Field, Run } from './compiled-fields';

export type CompiledQuery = (
  variables: Readonly<Record<string, unknown>>,
  context: unknown,
) => MaybePromise<ExecutionResult>;

/** null: the document has something that is not covered: mutations, conditions, introspection, `isTypeOf`. */
export function compileQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): CompiledQuery | null {
  const operation = getOperationAST(document, operationName);
  const root = schema.getQueryType();
  if (operation?.operation !== OperationTypeNode.QUERY || !root) return null;
  const compiler = createFieldCompiler(schema, document, operation);
  let fields: readonly Field[];
  try {
    fields = compiler.fieldsOf(root, [operation.selectionSet.selections]);
  } catch (error) {
    if (error instanceof NotCompiled) return null;
    throw error;
  }
  const definitions = operation.variableDefinitions ?? [];
  return (given, context) => {
    const { coerced, errors: refused } = getVariableValues(schema, definitions, given, { maxErrors: 50 });
    if (coerced === undefined) return { errors: refused ?? [] };
    const run: Run = { context, variables: coerced, errors: [] };
    const answer = (data: Record<string, unknown> | null): ExecutionResult =>
      run.errors.length === 0 ? { data } : { errors: run.errors, data };
    const fail = (error: unknown): ExecutionResult => {
      run.errors.push(error as GraphQLError);
      return answer(null);
    };
    try {
      const data = executeFields(run, fields, undefined, undefined);
      return isThenable(data) ? data.then(answer, fail) : answer(data);
    } catch (error) {
      return fail(error);
    }
  };
}
