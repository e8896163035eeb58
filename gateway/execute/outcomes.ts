/**
 * The outcomes of an operation's conditions: one for each way its variables can decide @skip and @include, each compiled by itself.
 * Must not know what is compiled.
 */
import {
  getVariableValues,
  GraphQLError,
  isInputObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  type GraphQLSchema,
  type TypeNode,
} from 'graphql';
import { facetError } from '../../schema/errors';
import { isNestedWithin, MAX_NESTING } from './nesting';
import type { Operation } from './operation';
import type { Step } from './compile';
import type { Project } from './project';
import { refusal } from './refusal';
import type { Run } from './run';
import type { SelectionSet } from './selection';
import type { OpenSource } from './subscription';

export type IsTrue = (variable: string) => boolean;

/** What is left to do per request. */
export interface CompiledOutcome {
  readonly selectionSet: SelectionSet;
  readonly introspect: ((run: Run) => void) | undefined;
  /** Of subscriptions alone. */
  readonly openSource: OpenSource | undefined;
  readonly step: Step | undefined;
  readonly project: Project;
}

export type Chosen =
  | { readonly outcome: CompiledOutcome; readonly variables: Record<string, unknown>; readonly errors?: undefined }
  | { readonly outcome?: undefined; readonly errors: GraphQLError[] };

export interface Outcomes {
  /** Coerces the variables, and chooses by them; or says why not. */
  choose(variables: Record<string, unknown>): Chosen;
}

/** Outcomes that are compiled when an operation is prepared: all of up to three variables'. */
const COMPILED_AT_ONCE = 8;
/** Outcomes kept per operation; with six variables and fewer that is all of them. */
const COMPILED_KEPT = 64;
/** An outcome is one bit per variable of a 32-bit number. */
const MOST_CONDITION_VARIABLES = 30;

/**
 * With more condition variables than are compiled at once, an outcome is compiled when it first occurs. Where it cannot be executed
 * the result is then the refusal alone.
 */
export function compileOutcomes(
  operation: Operation,
  schemas: { readonly full: GraphQLSchema; readonly public: GraphQLSchema },
  compile: (isTrue: IsTrue) => CompiledOutcome,
): Outcomes {
  const { variableDefinitions, conditionVariables, protoVariable } = operation;
  // A client's variables hold nothing that is @inaccessible. Only the gateway's own operations have a variable of such a type.
  const isPublic = variableDefinitions.every(({ type }) => schemas.public.getType(namedTypeOf(type)) !== undefined);
  const schema = isPublic ? schemas.public : schemas.full;
  const unbounded = variableDefinitions.filter(({ type }) => {
    const named = schema.getType(namedTypeOf(type));
    return isInputObjectType(named) || (isScalarType(named) && !isSpecifiedScalarType(named));
  });
  const compiled = new Map<number, CompiledOutcome>();

  const compiledFor = (outcome: number): CompiledOutcome => {
    const known = compiled.get(outcome);
    if (known !== undefined) return known;
    const made = compile(truthIn(operation, outcome));
    if (compiled.size >= COMPILED_KEPT) compiled.clear();
    compiled.set(outcome, made);
    return made;
  };
  const outcomeOf = (variables: Record<string, unknown>): number => {
    let outcome = 0;
    for (let index = 0; index < conditionVariables.length; index++) {
      if (variables[conditionVariables[index] as string] === true) outcome |= 1 << index;
    }
    return outcome;
  };
  if (conditionVariables.length > MOST_CONDITION_VARIABLES) {
    throw refusal(
      `${conditionVariables.length} variables in @skip and @include, more than ${MOST_CONDITION_VARIABLES}`,
    );
  }
  forEachOutcome(operation, (_isTrue, outcome) => compiledFor(outcome));

  return {
    choose(given) {
      const variables = protoVariable === undefined ? given : withProto(given, protoVariable);
      const tooDeep = unbounded.find(({ variable }) => !isNestedWithin(variables[variable.name.value]));
      if (tooDeep !== undefined) {
        const what = `Expected variable "$${tooDeep.variable.name.value}" to be nested at most ${MAX_NESTING} levels deep.`;
        return { errors: [facetError('BAD_USER_INPUT', what)] };
      }
      const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables);
      if (coerced === undefined) {
        return { errors: (errors ?? []).map(({ message }) => facetError('BAD_USER_INPUT', message)) };
      }
      try {
        return { outcome: compiledFor(outcomeOf(coerced)), variables: coerced };
      } catch (error) {
        if (error instanceof GraphQLError) return { errors: [error] };
        throw error;
      }
    },
  };
}

/** `$__proto__` under its name here, if it was sent; what every object inherits is not it. */
function withProto(given: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _undeclared, ...rest } = given;
  const sent = Object.getOwnPropertyDescriptor(given, '__proto__');
  return sent === undefined ? rest : { ...rest, [name]: sent.value as unknown };
}

function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

/** What each condition variable is in this outcome: one bit each. */
function truthIn({ conditionVariables }: Operation, outcome: number): IsTrue {
  return (variable) => (outcome & (1 << conditionVariables.indexOf(variable))) !== 0;
}

/** The outcomes that are compiled at once. */
export function forEachOutcome(operation: Operation, visit: (isTrue: IsTrue, outcome: number) => void): void {
  const outcomes = Math.min(2 ** operation.conditionVariables.length, COMPILED_AT_ONCE);
  for (let outcome = 0; outcome < outcomes; outcome++) visit(truthIn(operation, outcome), outcome);
}
