// From a HubSpot contact to what the CRM says of a Customer.
import { mapContact } from '../../subgraphs/crm/crm.mapping';
import { CONTACT_PROPERTIES } from '../../subgraphs/crm/crm.properties';
import { failureOf } from '../upstream/bench';

const MODIFIED = '2026-10-01T00:00:00.000Z';
const at = (text: string): number => Date.parse(text);

/** A contact with nothing but what is given. */
const contact = (properties: Record<string, string | null>) => ({
  id: '512',
  properties: {
    ...Object.fromEntries(CONTACT_PROPERTIES.map((name) => [name, null])),
    hs_object_id: '512',
    createdate: '2020-01-01T00:00:00.000Z',
    lastmodifieddate: MODIFIED,
    ...properties,
  },
});

const consent = (over: object) => ({
  purpose: 'EMAIL_MARKETING',
  topic: null,
  action: 'GRANT',
  basis: 'CONSENT',
  pending: false,
  notice: null,
  method: 'unknown',
  occurredAt: at('2026-01-01T00:00:00Z'),
  expiresAt: null,
  ...over,
});

describe('A HubSpot contact', () => {
  it('is mapped whole', () => {
    const raw = contact({
      email: 'Ada@Example.com ',
      firstname: ' Ada',
      lastname: 'Lovelace',
      phone: '0151 5550123',
      address: 'Hauptstraße 12',
      city: 'Köln ',
      state: '',
      zip: '50667',
      country: 'Allemagne',
      company: 'Example GmbH',
      lifecyclestage: 'customer',
      hs_language: 'de-de',
      date_of_birth: '1990-02-28',
      hs_email_hard_bounce_reason_enum: 'UNKNOWN_USER',
      shopify_customer_id: '7700',
    });
    expect(mapContact(raw)).toEqual({
      sourceId: '512',
      sourceVersion: at(MODIFIED),
      categories: {
        NAME: { contact: { firstName: 'Ada', lastName: 'Lovelace' } },
        CONTACT: { contact: { email: 'ada@example.com', phone: '+491515550123' } },
        LOCATION: { address: { line: 'Hauptstraße 12', city: 'Köln', region: null, postcode: '50667', country: 'DE' } },
        DEMOGRAPHIC: { contact: { language: 'de-DE' }, birthDate: '1990-02-28', company: { name: 'Example GmbH' } },
        DERIVED: { lifecycleStage: 'customer' },
      },
      identities: [
        { namespace: 'hubspot.contact', value: '512', verified: true },
        { namespace: 'email', value: 'ada@example.com', verified: true },
        { namespace: 'phone', value: '+491515550123', verified: false },
        { namespace: 'shopify.customer', value: '7700', verified: true },
      ],
      consents: [],
      facts: {
        name: 'Ada Lovelace',
        country: 'DE',
        birthDate: '1990-02-28',
        suppressions: ['HARD_BOUNCE'],
        historicValue: null,
      },
    });
  });

  it('of which nothing is known maps to nulls', () => {
    expect(
      mapContact(contact({ phone: '0151 5550123', shopify_customer_id: 'gid://x', date_of_birth: '1990-02-30' })),
    ).toEqual({
      sourceId: '512',
      sourceVersion: at(MODIFIED),
      categories: {
        NAME: { contact: { firstName: null, lastName: null } },
        CONTACT: { contact: { email: null, phone: null } },
        LOCATION: { address: { line: null, city: null, region: null, postcode: null, country: null } },
        DEMOGRAPHIC: { contact: { language: null }, birthDate: null, company: null },
        DERIVED: { lifecycleStage: null },
      },
      identities: [{ namespace: 'hubspot.contact', value: '512', verified: true }],
      consents: [],
      facts: { name: null, country: null, birthDate: null, suppressions: [], historicValue: null },
    });
  });

  it('without a time of change is refused, without a word of it', async () => {
    await expect(failureOf((async () => mapContact(contact({ lastmodifieddate: 'soon' })))())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'HubSpot, contact: expected a date-time in lastmodifieddate, got something else',
    });
  });

  it.each([
    ['subscriber', 'subscriber'],
    ['marketingqualifiedlead', 'lead'],
    ['Customer', 'customer'],
    ['98712345', 'other'],
    ['constructor', 'other'],
  ])('in stage %s is in our stage %s', (stage, ours) => {
    expect(mapContact(contact({ lifecyclestage: stage })).categories.DERIVED).toEqual({ lifecycleStage: ours });
  });
});

describe('A HubSpot contact’s consent', () => {
  const consentsOf = (properties: Record<string, string | null>) => mapContact(contact(properties)).consents;
  const given = { marketing_consent: 'granted', marketing_consent_at: '2026-01-01T00:00:00Z' };

  it('says purpose, notice, end and method', () => {
    const properties = {
      profiling_consent: 'granted',
      profiling_consent_at: '2026-01-01T01:00:00+01:00',
      profiling_consent_notice: 'privacy/2025-03',
      profiling_consent_expires_at: '2027-01-01T00:00:00Z',
      profiling_consent_method: 'web_form',
    };
    expect(consentsOf(properties)).toEqual([
      consent({
        purpose: 'PROFILING',
        notice: { id: 'privacy', version: '2025-03' },
        method: 'web_form',
        expiresAt: at('2027-01-01T00:00:00Z'),
      }),
    ]);
  });

  it.each([
    ['marketing', 'EMAIL_MARKETING'],
    ['personalization', 'PERSONALIZATION'],
    ['analytics', 'ANALYTICS'],
    ['profiling', 'PROFILING'],
  ])('%s is consent to %s', (prefix, purpose) => {
    const properties = { [`${prefix}_consent`]: 'granted', [`${prefix}_consent_at`]: '2026-01-01T00:00:00Z' };
    expect(consentsOf(properties)).toEqual([consent({ purpose })]);
  });

  it.each([
    ['granted', { action: 'GRANT', pending: false }],
    ['pending', { action: 'GRANT', pending: true }],
    ['refused', { action: 'REFUSE' }],
    ['withdrawn', { action: 'WITHDRAW' }],
    ['objected', { action: 'OBJECT' }],
  ])('%s is %j', (state, expected) => {
    expect(consentsOf({ ...given, marketing_consent: state })).toEqual([consent(expected)]);
  });

  it.each([
    ['in a word we do not know', { marketing_consent: 'yes' }],
    ['in a word of JavaScript', { marketing_consent: 'constructor' }],
    ['without a time', { marketing_consent_at: null }],
    ['at a time without a zone', { marketing_consent_at: '2026-01-01T00:00:00' }],
    ['with an end that cannot be read', { marketing_consent_expires_at: 'next year' }],
  ])('granted %s is no grant', (_, doubt) => {
    expect(consentsOf({ ...given, ...doubt })).toEqual([]);
  });

  it('denied without a time counts from the last change', () => {
    expect(consentsOf({ marketing_consent: 'refused' })).toEqual([
      consent({ action: 'REFUSE', occurredAt: at(MODIFIED) }),
    ]);
  });

  it('with a notice that names no version has none', () => {
    expect(consentsOf({ ...given, marketing_consent_notice: 'privacy' })).toEqual([consent({})]);
  });

  describe('and the opt-out from all e-mail', () => {
    const withdrawn = (occurredAt: number) => consent({ action: 'WITHDRAW', method: 'hs_email_optout', occurredAt });

    it('withdraws from marketing at the last change', () => {
      expect(consentsOf({ hs_email_optout: 'true' })).toEqual([withdrawn(at(MODIFIED))]);
    });

    it('stands against an earlier grant', () => {
      expect(consentsOf({ ...given, hs_email_optout: 'true' })).toEqual([consent({}), withdrawn(at(MODIFIED))]);
    });

    it('stands against a grant dated after the last change too: which came first cannot be known', () => {
      const later = '2026-11-01T00:00:00Z';
      expect(consentsOf({ ...given, marketing_consent_at: later, hs_email_optout: 'true' })).toEqual([
        consent({ occurredAt: at(later) }),
        withdrawn(at(later) + 1),
      ]);
    });

    it('leaves an objection an objection', () => {
      expect(consentsOf({ ...given, marketing_consent: 'objected', hs_email_optout: 'true' })).toEqual([
        consent({ action: 'OBJECT' }),
      ]);
    });

    it.each(['false', ' ', null])('is none when it says %j', (value) => {
      expect(consentsOf({ hs_email_optout: value })).toEqual([]);
    });

    it('is one when it says something we do not know', () => {
      expect(consentsOf({ hs_email_optout: 'yes' })).toEqual([withdrawn(at(MODIFIED))]);
    });
  });

  it.each([
    ['Legitimate interest – existing customer', true],
    ['Performance of a contract;Legitimate interest - existing customer', true],
    ['Legitimate interest – prospect/lead', false],
    [null, false],
  ])('by legal basis %j is a soft opt-in: %s', (basis, expected) => {
    const soft = consent({ basis: 'SOFT_OPT_IN', method: 'hs_legal_basis', occurredAt: at('2020-01-01T00:00:00Z') });
    expect(consentsOf({ hs_legal_basis: basis })).toEqual(expected ? [soft] : []);
  });
});
