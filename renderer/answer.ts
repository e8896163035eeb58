// A template's answer as the gateway sends it: unknown JSON becomes a typed answer, or an error that says what is wrong.
// Must not fetch, must not judge the fields (which fields there are is the template's contract, and any may be null).
import { z } from 'zod';

/** What stands under `_facet`: why, and which fields were held back. Lists name fields, never their values. */
const facetSchema = z.looseObject({
  reason: z.string().nullish(),
  withheld: z.array(z.unknown()).nullish(),
  masked: z.array(z.unknown()).nullish(),
  stale: z.array(z.unknown()).nullish(),
});
const answerSchema = z.looseObject({ send: z.boolean(), _facet: facetSchema.nullish() });
const errorsSchema = z.looseObject({
  errors: z.array(
    z.looseObject({ message: z.string(), extensions: z.looseObject({ code: z.string().optional() }).optional() }),
  ),
});

/** The template's fields as selected, e.g. `{ contact: { firstName, email }, cart: null }`. */
export type TemplateFields = Readonly<Record<string, unknown>>;
export interface SendAnswer {
  readonly send: true;
  readonly fields: TemplateFields;
  /** Numbers of fields, by what happened to them. */
  readonly withheld: number;
  readonly masked: number;
  readonly stale: number;
}
export interface RefusedAnswer {
  readonly send: false;
  readonly reason: string;
}
export type Answer = SendAnswer | RefusedAnswer;

/** *Errors*: TypeError that names the place and the type expected there; it never repeats a value (values are personal data). */
export function parseAnswer(body: unknown): Answer {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) {
    const found = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
    throw new TypeError(`not a template answer (${found.join('; ')})`);
  }
  const { send, _facet: facet, ...fields } = parsed.data;
  if (!send) return { send, reason: facet?.reason ?? 'NOT_PERMITTED' };
  return {
    send,
    fields,
    withheld: facet?.withheld?.length ?? 0,
    masked: facet?.masked?.length ?? 0,
    stale: facet?.stale?.length ?? 0,
  };
}

/** `CODE: message` of the first error, or null when the body is none of the gateway's error answers. */
export function parseErrors(body: unknown): string | null {
  const first = errorsSchema.safeParse(body).data?.errors[0];
  if (first === undefined) return null;
  const code = first.extensions?.code;
  return code === undefined ? first.message : `${code}: ${first.message}`;
}

/** Reasons of the catalogue (design: policy) as a person at the command line reads them. */
const REASONS: Readonly<Record<string, string>> = {
  CONSENT: 'the customer has not consented to this kind of e-mail',
  OBJECTED: 'the customer has objected to this kind of e-mail',
  SUPPRESSED: 'the address is on the suppression list',
  RESTRICTED: 'the customer has restricted the processing of their data',
  ERASED: 'the customer has been erased',
  NOT_PERMITTED: 'mailing this customer for this purpose is not permitted',
  PURPOSE: 'the purpose of this template does not allow it',
  ROLE: 'this principal may not read what the template needs',
  UNAVAILABLE: 'whether the customer may be mailed could not be determined',
  REQUIRED_MISSING: 'a field the template cannot do without is missing',
};

/** *Shape*: `the customer has not consented to this kind of e-mail (CONSENT)`; an unknown code stands for itself. */
export function describeReason(reason: string): string {
  const words = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return words === undefined ? reason : `${words} (${reason})`;
}
