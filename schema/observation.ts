/**
 * An observation: for a time, named purposes are answered where the person was never asked for consent, and what would have been withheld
 * is told instead. For who brings a list from before Facet; signed by the privacy officer. Pure: what the document says and whom it covers.
 * Must not verify a signature, read a file or decide; `decide` is told which purposes are observed.
 */
import { z } from 'zod';
import { ROLES } from './policy';
import type { Purpose } from './policy';
import type { RequestPolicy } from './request-policy';

/** What rests on consent; nothing else can be observed. */
export const OBSERVABLE = [
  'EMAIL_MARKETING',
  'PERSONALIZATION',
  'ANALYTICS',
  'PROFILING',
] as const satisfies readonly Purpose[];

/** No observation is longer, whoever signs it. */
export const MAX_OBSERVATION_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

const time = z.iso.datetime();
const observationSchema = z
  .strictObject({
    /** Consent to these is only observed where the person was never asked. */
    purposes: z.array(z.enum(OBSERVABLE)).min(1),
    /** For principals of these roles. */
    roles: z.array(z.enum(ROLES)).min(1),
    /** For these templates alone; null: for whatever is asked. */
    templates: z.array(z.string().min(1)).min(1).nullable(),
    /** For who reads the document; never logged. */
    reason: z.string().min(1).max(500),
    /** The officer, as the credential names the person. */
    signedBy: z.string().min(1),
    /** One that is signed in development counts nowhere else. */
    profile: z.enum(['development', 'production']),
    from: time,
    until: time,
    /** base64url, over `observationStatement`. */
    signature: z.string().min(1),
  })
  .refine(({ from, until }) => Date.parse(until) > Date.parse(from), 'it ends before it begins')
  .refine(
    ({ from, until }) => Date.parse(until) - Date.parse(from) <= MAX_OBSERVATION_DAYS * DAY_MS,
    `it is longer than ${MAX_OBSERVATION_DAYS} days`,
  );

export type Observation = z.infer<typeof observationSchema>;

/** null: the text is no observation, or one that is too long. */
export function parseObservation(text: string): Observation | null {
  try {
    return observationSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** What is signed: all that it says. */
export function observationStatement(observation: Omit<Observation, 'signature'>): string {
  const { purposes, roles, templates, reason, signedBy, profile, from, until } = observation;
  return JSON.stringify(['facet observation', purposes, roles, templates, reason, signedBy, profile, from, until]);
}

const NONE: readonly Purpose[] = [];

/** The purposes whose missing consent is only observed for a request at this moment. */
export function observedFor(
  observation: Observation | null,
  { principal, template }: Pick<RequestPolicy, 'principal' | 'template'>,
  now: number,
): readonly Purpose[] {
  if (observation === null || now < Date.parse(observation.from) || now >= Date.parse(observation.until)) return NONE;
  const { roles, templates, purposes } = observation;
  const isOfTemplate = templates === null || (template !== undefined && templates.includes(template));
  return isOfTemplate && roles.includes(principal.role) ? purposes : NONE;
}
