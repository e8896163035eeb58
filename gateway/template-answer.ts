/**
 * From an executed template to what the sender reads: first whether the person may be mailed at all, then the template's
 * fields with fallbacks, then whether something required is missing. Pure. Must not execute or write a response.
 */
import { errorCodeOf } from '../schema/errors';
import type { ErrorCode } from '../schema/errors';
import type { GatewayResult } from './execute/executor';
import type { LocatedNote } from './execute/fetch';
import { mailHeadersOf } from './mail-links';
import type { MailHeaders } from './mail-links';
import { shownNotes, shownReason } from './shown-notes';
import { PERMISSION_KEY } from './templates';
import type { FieldContract, Shape, Template } from './templates';

export interface FacetNotes {
  /** Why `send` is false: a policy reason, NOT_PERMITTED where the principal may not read it, or REQUIRED_MISSING. */
  readonly reason: string | null;
  readonly withheld: readonly LocatedNote[];
  readonly masked: readonly LocatedNote[];
  readonly stale: readonly LocatedNote[];
  /** Only where missing consent is observed for the time being: what would be answered without that, and why. */
  readonly observed?: {
    readonly send: boolean;
    readonly reason: string | null;
    readonly withheld: readonly LocatedNote[];
  };
  readonly consentVersion: number | null;
  /** Where a marketing mail may be sent: headers to copy into it (RFC 8058). */
  readonly mailHeaders?: MailHeaders;
  /** Fields that are null because a source could not be asked and nothing is stored; absent when there are none. */
  readonly errors?: ReadonlyArray<{ readonly path: ReadonlyArray<string | number>; readonly code: string }>;
}

export type TemplateAnswer =
  | {
      readonly kind: 'answer';
      readonly body: { readonly send: boolean; readonly _facet: FacetNotes } & Record<string, unknown>;
    }
  /** No such customer. */
  | { readonly kind: 'unknown' }
  /** A required field is missing and the template says FAIL. */
  | { readonly kind: 'failed'; readonly code: 'REQUIRED_MISSING' }
  /** The customer could not be read at all. */
  | { readonly kind: 'error'; readonly code: ErrorCode };

/**
 * What an answer counts as. Of a policy's reasons only that there is one: who reads the figures before and after asking for one person would
 * learn what NOT_PERMITTED keeps back.
 */
export function outcomeOf(answer: TemplateAnswer): 'SEND' | 'NOT_PERMITTED' | ErrorCode {
  switch (answer.kind) {
    case 'unknown':
      return 'CUSTOMER_UNKNOWN';
    case 'failed':
    case 'error':
      return answer.code;
    case 'answer':
      if (answer.body.send) return 'SEND';
      return answer.body._facet.reason === 'REQUIRED_MISSING' ? 'REQUIRED_MISSING' : 'NOT_PERMITTED';
  }
}

interface Permission {
  readonly permitted: boolean;
  readonly reason: string | null;
  /** Why not, were missing consent not only observed. */
  readonly observed?: string | null;
  readonly consentVersion: number;
  /** null where the mail is no marketing. */
  readonly unsubscribeToken?: string | null;
}

/** The result of a template for one customer; null: there is none of this id. */
export interface CustomerResult extends Pick<GatewayResult, 'errors' | 'privacy'> {
  readonly customer: unknown;
}

/** `mayExplain`: the principal reads why. `publicUrl`: of the links. */
export function answerTemplate(
  template: Template,
  result: CustomerResult,
  { mayExplain, publicUrl }: { readonly mayExplain: boolean; readonly publicUrl: string },
): TemplateAnswer {
  const customer = result.customer as Record<string, unknown> | null | undefined;
  if (customer === null || customer === undefined) {
    const [error] = result.errors ?? [];
    return error === undefined ? { kind: 'unknown' } : { kind: 'error', code: errorCodeOf(error) };
  }
  const { [PERMISSION_KEY]: permission, ...fields } = customer as { [PERMISSION_KEY]?: Permission | null };
  const notes = notesOf(result, mayExplain, permission);

  // No word on permission is a refusal.
  if (!permission?.permitted) {
    return refusal(notes, shownReason(permission?.reason ?? 'UNAVAILABLE', mayExplain));
  }
  const missing = template.fields.filter((field) => {
    const masked = notes.masked.some((note) => isPrefix(note.path, field.path));
    return fill(fields, field.path, template.shape, field, masked) && field.required;
  });
  if (missing.length === 0 || template.contract.onMissing === 'DEFAULT') {
    const { unsubscribeToken: token } = permission;
    const mailHeaders = token ? { mailHeaders: mailHeadersOf(token, publicUrl) } : {};
    return { kind: 'answer', body: { ...fields, send: true, _facet: { ...notes, ...mailHeaders } } };
  }
  return template.contract.onMissing === 'FAIL'
    ? { kind: 'failed', code: 'REQUIRED_MISSING' }
    : refusal(notes, 'REQUIRED_MISSING');
}

function refusal(notes: FacetNotes, reason: string): TemplateAnswer {
  return { kind: 'answer', body: { send: false, _facet: { ...notes, reason } } };
}

/**
 * Puts a field's fallback wherever the field has no value; below a null object the object is built, with the other selected
 * keys null. Answers whether the field stays without a value somewhere.
 */
function fill(
  object: Record<string, unknown>,
  path: readonly string[],
  shape: Shape,
  field: FieldContract,
  masked: boolean,
): boolean {
  const [key = '', ...rest] = path;
  const value = object[key];
  if (rest.length === 0) {
    if (!masked && value !== null && value !== undefined) return false;
    if (field.fallback === undefined) return true;
    object[key] = field.fallback;
    return false;
  }
  const below = shape[key] ?? {};
  if (Array.isArray(value)) {
    const elements = value as Array<Record<string, unknown> | null>;
    return elements.map((element) => element === null || fill(element, rest, below, field, masked)).includes(true);
  }
  if (value !== null && value !== undefined) {
    return fill(value as Record<string, unknown>, rest, below, field, masked);
  }
  if (field.fallback === undefined) return true;
  const built = Object.fromEntries(Object.keys(below).map((name) => [name, null]));
  object[key] = built;
  return fill(built, rest, below, field, masked);
}

/** Paths of notes are below the answer's root, `["customer", …]`; senders read them below the customer. */
function notesOf(result: CustomerResult, mayExplain: boolean, permission: Permission | null | undefined): FacetNotes {
  const below = (notes?: readonly LocatedNote[]) =>
    shownNotes(notes, mayExplain).map((note) => ({ ...note, path: note.path.slice(1) }));
  const errors = (result.errors ?? []).map((error) => ({
    path: (error.path ?? []).slice(1),
    code: error.extensions.code as string,
  }));
  const observed = below(result.privacy?.observed);
  const reason = permission?.observed ? shownReason(permission.observed, mayExplain) : null;
  return {
    reason: null,
    withheld: below(result.privacy?.withheld),
    masked: below(result.privacy?.masked),
    stale: below(result.privacy?.stale),
    ...(observed.length > 0 || reason !== null
      ? { observed: { send: reason === null, reason, withheld: observed } }
      : {}),
    consentVersion: permission?.consentVersion ?? null,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

function isPrefix(prefix: ReadonlyArray<string | number>, path: readonly string[]): boolean {
  const names = prefix.filter((key) => typeof key === 'string');
  return names.every((key, index) => key === path[index]);
}
