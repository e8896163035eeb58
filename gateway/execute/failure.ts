/**
 * What went wrong on the way to an answer, already at the client's path, and how a client sees it. Must not let a subgraph's own words
 * through, unless it is one of ours and they carry a code of the catalogue.
 */
import { GraphQLError } from 'graphql';
import { isErrorCode } from '../../schema/errors';
import type { SubgraphError } from './fetch';

export type ResponsePath = ReadonlyArray<string | number>;

export interface Failure {
  /** Of the catalogue, or as a subgraph of somebody else's gave it. */
  readonly code: string;
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

/** Whoever answers. `isOurs`: it speaks the catalogue, and its messages are written for clients. */
export interface Answerer {
  readonly name: string;
  readonly isOurs: boolean;
}

/** What a code looks like that somebody else may give; anything longer or freer could carry what a person wrote. */
const FOREIGN_CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

/**
 * Ours: code and message of the catalogue. Somebody else's: the code alone, if it looks like one. Anything else may name hosts, tables or
 * people, and is masked.
 */
export function troubleOf(error: SubgraphError, { name: serviceName, isOurs }: Answerer): Trouble {
  const code = error?.extensions?.code;
  if (isOurs && isErrorCode(code) && typeof error.message === 'string') {
    return { code, message: error.message, serviceName };
  }
  return {
    code: !isOurs && typeof code === 'string' && FOREIGN_CODE.test(code) ? code : 'INTERNAL_SERVER_ERROR',
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
