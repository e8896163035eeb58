/**
 * From a HubSpot contact to what the CRM says of a Customer. Pure; every rename between HubSpot's words and ours is here
 * (consent: crm.consent.ts). Must not fetch or decide.
 */
import { facetError } from '../../schema/errors';
import { countryOf } from '../country';
import { dateOf, emailOf, instantOf, languageOf, nameOf, phoneOf, textOf } from '../normalise';
import type { Categories, MappedIdentity, MappedRecord } from '../source';
import { mapConsents } from './crm.consent';
import type { RawContact } from './crm.properties';

/** HubSpot's stages and ours; a portal's own stages are `other`. */
const LIFECYCLE_STAGES: Readonly<Record<string, string>> = {
  subscriber: 'subscriber',
  lead: 'lead',
  marketingqualifiedlead: 'lead',
  salesqualifiedlead: 'lead',
  opportunity: 'opportunity',
  customer: 'customer',
  evangelist: 'evangelist',
};

/** Errors: UPSTREAM_INVALID when the time of the last change cannot be read, without which no record can be ordered. */
export function mapContact({ id, properties }: RawContact): MappedRecord {
  const modifiedAt = instantOf(properties.lastmodifieddate);
  if (modifiedAt === null) {
    throw facetError(
      'UPSTREAM_INVALID',
      'HubSpot, contact: expected a date-time in lastmodifieddate, got something else',
    );
  }
  const country = countryOf(properties.country);
  const contact = {
    firstName: textOf(properties.firstname),
    lastName: textOf(properties.lastname),
    email: emailOf(properties.email),
    phone: phoneOf(properties.phone, country),
  };
  const birthDate = dateOf(properties.date_of_birth);
  return {
    sourceId: id,
    sourceVersion: modifiedAt,
    categories: mapCategories(properties, { ...contact, country, birthDate }),
    identities: mapIdentities(id, properties, contact),
    consents: mapConsents(properties, modifiedAt),
    facts: {
      name: nameOf(contact.firstName, contact.lastName),
      country,
      birthDate,
      suppressions: textOf(properties.hs_email_hard_bounce_reason_enum) === null ? [] : ['HARD_BOUNCE'],
      historicValue: null,
    },
  };
}

interface Read {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly country: string | null;
  readonly birthDate: string | null;
}

function mapCategories(properties: RawContact['properties'], read: Read): Categories {
  const { firstName, lastName, email, phone, country, birthDate } = read;
  const company = textOf(properties.company);
  const stage = textOf(properties.lifecyclestage)?.toLowerCase() ?? null;
  return {
    NAME: { contact: { firstName, lastName } },
    CONTACT: { contact: { email, phone } },
    LOCATION: {
      address: {
        line: textOf(properties.address),
        city: textOf(properties.city),
        region: textOf(properties.state),
        postcode: textOf(properties.zip),
        country,
      },
    },
    DEMOGRAPHIC: {
      contact: { language: languageOf(properties.hs_language) },
      birthDate,
      company: company === null ? null : { name: company },
    },
    DERIVED: {
      lifecycleStage:
        stage === null ? null : Object.hasOwn(LIFECYCLE_STAGES, stage) ? LIFECYCLE_STAGES[stage] : 'other',
    },
  };
}

/** HubSpot's primary e-mail is what it knows a contact by; a phone number is what somebody typed. */
function mapIdentities(
  id: string,
  properties: RawContact['properties'],
  { email, phone }: Pick<Read, 'email' | 'phone'>,
): MappedIdentity[] {
  const shopifyId = textOf(properties.shopify_customer_id);
  return [
    { namespace: 'hubspot.contact', value: id, verified: true },
    ...(email === null ? [] : [{ namespace: 'email', value: email, verified: true }]),
    ...(phone === null ? [] : [{ namespace: 'phone', value: phone, verified: false }]),
    ...(shopifyId !== null && /^\d{1,20}$/.test(shopifyId)
      ? [{ namespace: 'shopify.customer', value: shopifyId, verified: true }]
      : []),
  ];
}
