/**
 * A result as clients read it: why something is withheld only where they may explain, and what stands beside the data. Must not execute.
 */
import { GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql';
import type { ErrorCode } from '../schema/errors';
import { dataOf } from './execute/executor';
import type { GatewayResult } from './execute/executor';
import { shownNotes } from './shown-notes';

export interface PresentedResult {
  /** JSON; absent where nothing was executed. */
  readonly dataText?: string;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export function asExecutionResult({ dataText, ...rest }: PresentedResult): ExecutionResult {
  return dataText === undefined ? rest : { data: dataOf({ dataText }), ...rest };
}

/** The body of an answer without errors. */
export function textOf({ dataText, extensions }: PresentedResult): string {
  const rest = extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`;
  return `{"data":${dataText}${rest}}`;
}

/** Reasons only for those who may explain, and in strict mode an error per note. */
export function present(result: GatewayResult, explains: boolean, strict: boolean): PresentedResult {
  const shown = (list: string) => shownNotes(result.privacy?.[list], explains);
  const [withheld, masked, observed, stale] = [shown('withheld'), shown('masked'), shown('observed'), shown('stale')];
  // Only while there is an observation.
  const privacy = { withheld, masked, ...(observed.length > 0 ? { observed } : {}) };
  const strictErrors = strict
    ? [
        ...withheld.map(({ path }) => privacyError('PRIVACY_WITHHELD', 'This field is withheld.', path)),
        ...masked.map(({ path }) => privacyError('PRIVACY_MASKED', 'This field is masked.', path)),
      ]
    : [];
  const errors = [...(result.errors ?? []), ...strictErrors];
  // Nothing was executed: such an answer has no `data` at all, not even null.
  const isRequestError =
    result.dataText === 'null' && errors.length > 0 && errors.every(({ path }) => path === undefined);
  const extensions = {
    ...([withheld, masked, observed].some((notes) => notes.length > 0) ? { privacy } : {}),
    ...(stale.length > 0 ? { freshness: { stale } } : {}),
  };
  return {
    ...(isRequestError ? {} : { dataText: result.dataText }),
    ...(errors.length > 0 ? { errors } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
  };
}

function privacyError(code: ErrorCode, message: string, path: ReadonlyArray<string | number>): GraphQLError {
  return new GraphQLError(message, { path: [...path], extensions: { code } });
}
