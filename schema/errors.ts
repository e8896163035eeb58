/**
 * The one catalogue of errors a client may see: code, HTTP status, whether a retry can help, and what it means.
 * Call sites throw `facetError(code, message)`; nothing else decides a code or a status. Must not know where errors are shown.
 *
 * The README's error table and this catalogue are held equal by a test, in both directions.
 */
import { GraphQLError } from 'graphql';

interface ErrorEntry {
  /** HTTP status when the error ends the whole request; an error of one field travels inside a 200. */
  readonly httpStatus: number;
  /** True when the same request can succeed later unchanged. */
  readonly retryable: boolean;
  readonly meaning: string;
}

export const ERRORS = Object.freeze({
  UNAUTHENTICATED: {
    httpStatus: 401,
    retryable: false,
    meaning: 'No credential, or one that is expired, forged or meant for another audience.',
  },
  KEYS_UNAVAILABLE: {
    httpStatus: 503,
    retryable: true,
    meaning: 'The keys of client tokens cannot be fetched from their issuer now.',
  },
  ROLE_NOT_ENTITLED: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The operation exists, but not for the principal’s role.',
  },
  PURPOSE_NOT_ENTITLED: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The purpose named is not one this principal may act for.',
  },
  DOCUMENT_NOT_TRUSTED: {
    httpStatus: 403,
    retryable: false,
    meaning: 'Ad-hoc operations need the scope operations:adhoc; use a template or a documentId.',
  },
  DOCUMENT_UNKNOWN: { httpStatus: 404, retryable: false, meaning: 'No trusted document has this documentId.' },
  TEMPLATE_UNKNOWN: { httpStatus: 404, retryable: false, meaning: 'No template has this name.' },
  TEMPLATE_NOT_APPROVED: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The template rests on no consent, and the privacy officer has not approved it as it is now.',
  },
  CUSTOMER_UNKNOWN: { httpStatus: 404, retryable: false, meaning: 'No customer has this id or identity.' },
  ROUTE_UNKNOWN: { httpStatus: 404, retryable: false, meaning: 'No such route, or not with this method.' },
  IDENTITY_AMBIGUOUS: {
    httpStatus: 409,
    retryable: false,
    meaning: 'Several customers share this identity; ask by id.',
  },
  IDENTITY_IN_URL: {
    httpStatus: 400,
    retryable: false,
    meaning: 'E-mail addresses and phone numbers are refused in URLs, which are logged on their way.',
  },
  NAMESPACE_UNKNOWN: { httpStatus: 400, retryable: false, meaning: 'No such identity namespace is registered.' },
  GRAPHQL_PARSE_FAILED: { httpStatus: 400, retryable: false, meaning: 'The document is not GraphQL.' },
  GRAPHQL_VALIDATION_FAILED: { httpStatus: 400, retryable: false, meaning: 'The document does not fit the schema.' },
  BAD_USER_INPUT: {
    httpStatus: 400,
    retryable: false,
    meaning: 'An argument or variable has a value of the wrong kind.',
  },
  BAD_REQUEST: { httpStatus: 400, retryable: false, meaning: 'The HTTP request is not one this route understands.' },
  LIMIT_EXCEEDED: {
    httpStatus: 400,
    retryable: false,
    meaning: 'The document is over a limit: tokens, depth, fields, aliases, root fields, directives or cost.',
  },
  BODY_TOO_LARGE: { httpStatus: 413, retryable: false, meaning: 'The request body is over 100 KB.' },
  OPERATION_UNSUPPORTED: {
    httpStatus: 400,
    retryable: false,
    meaning: 'The operation needs a plan part this gateway does not execute.',
  },
  CONSENT_INVALID: {
    httpStatus: 400,
    retryable: false,
    meaning: 'The consent event contradicts itself or lies in the future.',
  },
  TOKEN_UNKNOWN: {
    httpStatus: 404,
    retryable: false,
    meaning: 'The link of a mail is not one that was made here.',
  },
  CONFLICT: {
    httpStatus: 409,
    retryable: true,
    meaning: 'The record was changed at the same time; read it again and retry.',
  },
  REQUIRED_MISSING: {
    httpStatus: 503,
    retryable: true,
    meaning: 'A field the template requires has no value, and the template says FAIL.',
  },
  SUBGRAPH_UNAVAILABLE: {
    httpStatus: 502,
    retryable: true,
    meaning: 'A subgraph did not answer, or not with GraphQL; its fields are null.',
  },
  SUBGRAPH_TIMEOUT: {
    httpStatus: 504,
    retryable: true,
    meaning: 'A subgraph did not answer in time; its fields are null.',
  },
  SUBGRAPH_UNAUTHENTICATED: {
    httpStatus: 401,
    retryable: false,
    meaning: 'A subgraph got a request without a valid policy header.',
  },
  UPSTREAM_UNAVAILABLE: {
    httpStatus: 502,
    retryable: true,
    meaning: 'The vendor’s API could not be reached or answered an error, and nothing is stored.',
  },
  UPSTREAM_TIMEOUT: {
    httpStatus: 504,
    retryable: true,
    meaning: 'The vendor’s API did not answer within the deadline, and nothing is stored.',
  },
  UPSTREAM_THROTTLED: {
    httpStatus: 503,
    retryable: true,
    meaning: 'The vendor’s rate limit is used up, and nothing is stored.',
  },
  UPSTREAM_UNAUTHENTICATED: { httpStatus: 502, retryable: false, meaning: 'The vendor refused our credentials.' },
  UPSTREAM_INVALID: {
    httpStatus: 502,
    retryable: false,
    meaning: 'The vendor’s answer does not have the documented shape.',
  },
  PRIVACY_WITHHELD: { httpStatus: 200, retryable: false, meaning: 'Strict mode: a field was withheld.' },
  PRIVACY_MASKED: { httpStatus: 200, retryable: false, meaning: 'Strict mode: a field was masked.' },
  STORE_UNAVAILABLE: { httpStatus: 503, retryable: true, meaning: 'The profile store cannot be read or written now.' },
  STORE_FULL: {
    httpStatus: 507,
    retryable: true,
    meaning: 'The profile store’s disk takes no more; nothing was changed, and what is stored can be read.',
  },
  STORE_READ_ONLY: {
    httpStatus: 503,
    retryable: false,
    meaning: 'The profile store cannot be written: its disk or its folder is read-only, or this process opened it so.',
  },
  STORE_CORRUPT: {
    httpStatus: 500,
    retryable: false,
    meaning: 'The profile store’s files are damaged; restore a backup.',
  },
  STORE_OLDER_SCHEMA: {
    httpStatus: 500,
    retryable: false,
    meaning: 'The store was written by an older Facet, and is to be migrated first.',
  },
  STORE_NEWER_SCHEMA: { httpStatus: 500, retryable: false, meaning: 'The store was written by a newer Facet.' },
  CHANGES_LOST: {
    httpStatus: 410,
    retryable: false,
    meaning: 'The change feed no longer reaches back to this cursor; read what matters anew.',
  },
  NOT_READY: { httpStatus: 503, retryable: true, meaning: 'The gateway is starting or stopping.' },
  INTERNAL_SERVER_ERROR: {
    httpStatus: 500,
    retryable: true,
    meaning: 'Something unforeseen; the log has it under the request id.',
  },
} satisfies Record<string, ErrorEntry>);

export type ErrorCode = keyof typeof ERRORS;

/** True for codes of the catalogue: what may pass to a client as it is. Anything else is masked as INTERNAL_SERVER_ERROR. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** Status 200 entries never end a request, so they carry no `http` extension. */
function httpExtension(code: ErrorCode): { http?: { status: number } } {
  const status = ERRORS[code].httpStatus;
  return status === 200 ? {} : { http: { status } };
}

/**
 * A coded error. The message says what was expected and what came, and never holds personal data, a secret or an upstream body.
 *
 * Shape: `extensions.code` as in the catalogue; `extensions.http.status` is read by the HTTP front and not shown to clients.
 */
export function facetError(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, code, ...httpExtension(code) } });
}

/** The code of an error thrown anywhere below, INTERNAL_SERVER_ERROR when it carries none of ours. */
export function errorCodeOf(error: unknown): ErrorCode {
  const code = (error as { extensions?: { code?: unknown } } | null)?.extensions?.code;
  return isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR';
}
