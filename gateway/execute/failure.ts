/**
 * What went wrong on the way to an answer, already at the client's path, and how a client sees it.
 * Must not let a subgraph's own words through unless they carry a code of the catalogue.
 */
import { GraphQLError } from 'graphql';
import { isErrorCode, type ErrorCode } from '../../schema/errors';
import type { SubgraphError } from './fetch';

export type ResponsePath = ReadonlyArray<string | number>;

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Absent for what no subgraph did. */
  readonly serviceName?: string;
  readonly path: ResponsePath;
  /**
   * The answer keys directly below `path` that are missing because of this failure; undefined for all of them.
   * A null found there is explained and adds no error of its own.
   */
  readonly covers?: ReadonlySet<string>;
}

export type Trouble = Pick<Failure, 'code' | 'message' | 'serviceName'>;

/** Keeps code and message of a coded error; anything else may name hosts, tables or people, and is masked. */
export function troubleOf(error: SubgraphError, serviceName: string): Trouble {
  const code = error?.extensions?.code;
  return isErrorCode(code) && typeof error.message === 'string'
    ? { code, message: error.message, serviceName }
    : {
        code: 'INTERNAL_SERVER_ERROR',
        message: `The subgraph ${serviceName} could not resolve this field.`,
        serviceName,
      };
}

export function unavailable(serviceName: string, what: string): Trouble {
  return {
    code: 'SUBGRAPH_UNAVAILABLE',
    message: `The subgraph ${serviceName} did not answer as expected: ${what}.`,
    serviceName,
  };
}

export function toGraphQLError({ code, message, serviceName, path }: Failure): GraphQLError {
  return new GraphQLError(message, { path, extensions: serviceName === undefined ? { code } : { code, serviceName } });
}

/** The same failure at the same path once: many internal fields may fail at one place the client selected. */
export function withoutRepeats(failures: readonly Failure[]): readonly Failure[] {
  if (failures.length < 2) return failures;
  const seen = new Set<string>();
  return failures.filter(({ code, message, serviceName, path }) => {
    const key = JSON.stringify([code, message, serviceName, path]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
