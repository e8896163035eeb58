/**
 * The HubSpot properties Facet reads of a contact, HubSpot's own and the portal's custom ones, and the shape in which they
 * come. Data and schema only.
 *
 * Source: HubSpot CRM objects API, contacts, v3 and 2026-09: property values are strings or null.
 */
import { z } from 'zod';
import type { Purpose } from '../../schema/policy';

/** Prefix of a purpose's consent properties, and our purpose. */
export const CONSENT_PURPOSES = [
  ['marketing', 'EMAIL_MARKETING'],
  ['personalization', 'PERSONALIZATION'],
  ['analytics', 'ANALYTICS'],
  ['profiling', 'PROFILING'],
] as const satisfies ReadonlyArray<readonly [string, Purpose]>;

export const CONTACT_PROPERTIES: readonly string[] = [
  ...['hs_object_id', 'email', 'firstname', 'lastname', 'phone'],
  ...['address', 'city', 'state', 'zip', 'country'],
  ...['company', 'lifecyclestage', 'hs_language', 'date_of_birth', 'createdate', 'lastmodifieddate'],
  ...['hs_legal_basis', 'hs_email_optout', 'hs_email_hard_bounce_reason_enum', 'shopify_customer_id'],
  ...CONSENT_PURPOSES.flatMap(([prefix]) =>
    ['consent', 'consent_at', 'consent_notice', 'consent_expires_at', 'consent_method'].map(
      (name) => `${prefix}_${name}`,
    ),
  ),
];

/** One contact as it comes. A property that was not asked for or does not exist in the portal is absent. */
export const contactSchema = z.object({
  id: z.string().regex(/^\d{1,20}$/),
  properties: z.record(z.string(), z.string().nullable()),
});
export type RawContact = z.infer<typeof contactSchema>;

/** A list of contacts: each is judged by itself, so that one bad record does not take the page along. */
export const batchSchema = z.object({
  status: z.enum(['PENDING', 'PROCESSING', 'CANCELED', 'COMPLETE']),
  results: z.array(z.unknown()),
});
export const pageSchema = z.object({
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.string().min(1) }).nullish() }).nullish(),
});
export const countSchema = z.object({ total: z.number().int().nonnegative() });
