/**
 * The one way to refuse an operation: as a whole, before anything was fetched. Must not be used once execution began.
 */
import type { GraphQLError } from 'graphql';
import { facetError } from '../../schema/errors';

/** Errors: OPERATION_UNSUPPORTED, naming the part that is not supported. */
export function refusal(part: string): GraphQLError {
  return facetError('OPERATION_UNSUPPORTED', `Expected an operation this gateway executes completely, got ${part}.`);
}
