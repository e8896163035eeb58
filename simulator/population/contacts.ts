/**
 * Writes people down as HubSpot contacts: HubSpot's property names, strings or null, as typed by the people themselves.
 * It must not know HubSpot's endpoints.
 */
import { CONSENT_PURPOSES, consentProperties } from './consent';
import { DAY_MS, type Person } from './people';
import { createRandom } from './random';
import { misspell, typePhone } from './spelling';

/** A HubSpot contact. Shape: every property of CONTACT_PROPERTIES is present; values are strings or null. */
export interface Contact {
  id: string;
  properties: Record<string, string | null>;
}

/** The properties the simulated portal has: HubSpot's own and the portal's custom ones. */
export const CONTACT_PROPERTIES: readonly string[] = [
  ...['hs_object_id', 'email', 'firstname', 'lastname', 'phone', 'address', 'city', 'state', 'zip', 'country'],
  ...['company', 'lifecyclestage', 'hs_language', 'date_of_birth', 'createdate', 'lastmodifieddate'],
  ...['hs_legal_basis', 'hs_email_optout', 'hs_email_hard_bounce_reason_enum', 'shopify_customer_id'],
  ...CONSENT_PURPOSES.flatMap((purpose) =>
    ['', '_at', '_notice', '_expires_at', '_method'].map((suffix) => `${purpose}_consent${suffix}`),
  ),
];

/** Properties HubSpot writes itself; nobody else can change them. */
export const READ_ONLY_PROPERTIES: ReadonlySet<string> = new Set(['hs_object_id', 'createdate', 'lastmodifieddate']);

/** The contacts of one person: none, one, or two (case `duplicate`). */
export function contactsOf(options: { person: Person; people: Person[]; seed: number; epochMs: number }): Contact[] {
  const { person, people, seed, epochMs } = options;
  const [firstId, secondId] = person.hubspotIds;
  if (firstId === undefined) return [];
  const first = contact({ id: firstId, person, people, seed, epochMs });
  return secondId === undefined ? [first] : [first, duplicateOf({ first, id: secondId, seed })];
}

function contact(options: { id: string; person: Person; people: Person[]; seed: number; epochMs: number }): Contact {
  const { id, person, people, seed, epochMs } = options;
  const { cases, place, address } = person;
  const random = createRandom({ seed, stream: `contact/${person.index}` });
  const knownPlace = !cases.has('jurisdictionUnknown');
  const modifiedMs = epochMs - random.between(1, 120 * 24) * 3_600_000 - random.between(0, 3_599_999);
  const customer = person.shopifyId !== null && !cases.has('noOrders');
  const crossId =
    cases.has('crossIdConflict') && cases.has('onlyHubspot') ? people[person.partner!]!.shopifyId : person.shopifyId;
  return {
    id,
    properties: {
      hs_object_id: id,
      email: person.email,
      firstname: person.givenName,
      lastname: person.familyName,
      phone: random.chance(0.85) ? typePhone({ e164: person.phone, place, random }) : null,
      address: knownPlace ? address.street : null,
      city: knownPlace ? (random.chance(0.05) ? `${address.town} ` : address.town) : null,
      state: knownPlace ? address.province : null,
      zip: knownPlace ? address.zip : null,
      country: knownPlace ? random.pick(place.spellings) : null,
      company: random.chance(0.25)
        ? random.pick(['Example GmbH', 'Northwind Ltd', 'Sample & Sons', 'Beispiel AG'])
        : null,
      lifecyclestage: customer ? 'customer' : random.pick(['subscriber', 'lead']),
      hs_language: place.language,
      date_of_birth: person.birthDate,
      createdate: new Date(person.sinceMs).toISOString(),
      lastmodifieddate: new Date(Math.max(modifiedMs, person.sinceMs)).toISOString(),
      hs_email_hard_bounce_reason_enum: cases.has('hardBounced') ? 'UNKNOWN_USER' : null,
      shopify_customer_id: cases.has('crossId') || cases.has('crossIdConflict') ? crossId : null,
      ...consentProperties({ person, random, epochMs }),
    },
  };
}

/**
 * The same person once more, as an import from the accounts made it: another e-mail address or another spelling, no
 * cross-id, and no consent, because an invoice is not one.
 */
function duplicateOf(options: { first: Contact; id: string; seed: number }): Contact {
  const { first, id, seed } = options;
  const random = createRandom({ seed, stream: `duplicate/${id}` });
  const { email, firstname, lastname, createdate } = first.properties;
  const [local, domain] = email!.split('@') as [string, string];
  const createdMs = Date.parse(createdate!) + 30 * DAY_MS;
  const properties = Object.fromEntries(CONTACT_PROPERTIES.map((name): [string, string | null] => [name, null]));
  return {
    id,
    properties: {
      ...properties,
      hs_object_id: id,
      email: random.pick([
        `${local}+rechnung@${domain}`,
        `${local.replace('.', '')}@${domain}`,
        `${local}@old.${domain}`,
      ]),
      firstname: random.chance(0.5) ? firstname! : misspell({ name: firstname!, random }),
      lastname: lastname!,
      country: first.properties.country!,
      lifecyclestage: 'customer',
      hs_legal_basis: 'Performance of a contract',
      createdate: new Date(createdMs).toISOString(),
      lastmodifieddate: new Date(createdMs + DAY_MS).toISOString(),
    },
  };
}
