/**
 * From HubSpot's consent properties to consent events. Pure. Must not decide what a consent permits.
 *
 * Doubt denies: a grant whose time or end cannot be read is no grant, a denial without a time counts from the record's last
 * change, and an opt-out from all e-mail stands against any grant.
 */
import { instantOf, textOf } from '../normalise';
import type { MappedConsent } from '../source';
import { CONSENT_PURPOSES, type RawContact } from './crm.properties';

type Properties = RawContact['properties'];

const ACTIONS: Readonly<Record<string, Pick<MappedConsent, 'action' | 'pending'>>> = {
  granted: { action: 'GRANT', pending: false },
  pending: { action: 'GRANT', pending: true },
  refused: { action: 'REFUSE', pending: false },
  withdrawn: { action: 'WITHDRAW', pending: false },
  objected: { action: 'OBJECT', pending: false },
};

/** HubSpot's legal basis for mailing customers about similar goods; several bases are joined by semicolons. */
const EXISTING_CUSTOMER = /legitimate interest\s*[–—-]\s*existing customer/i;

/** Units: `modifiedAt` Unix time in milliseconds of the record's last change. */
export function mapConsents(properties: Properties, modifiedAt: number): MappedConsent[] {
  const stated = CONSENT_PURPOSES.flatMap(([prefix, purpose]): MappedConsent[] => {
    const consent = statedConsent(properties, prefix, modifiedAt);
    return consent === null ? [] : [{ purpose, topic: null, ...consent }];
  });
  const marketing = stated.find(({ purpose }) => purpose === 'EMAIL_MARKETING') ?? null;
  return [...softOptIn(properties), ...stated, ...optOut(properties, modifiedAt, marketing)];
}

function statedConsent(
  properties: Properties,
  prefix: string,
  modifiedAt: number,
): Omit<MappedConsent, 'purpose' | 'topic'> | null {
  const of = (name: string): string | null => textOf(properties[`${prefix}_${name}`]);
  const state = of('consent')?.toLowerCase() ?? '';
  const action = Object.hasOwn(ACTIONS, state) ? ACTIONS[state] : undefined;
  if (action === undefined) return null;
  const grants = action.action === 'GRANT';
  const occurredAt = instantOf(of('consent_at')) ?? (grants ? null : modifiedAt);
  const expiresAt = instantOf(of('consent_expires_at'));
  if (occurredAt === null) return null;
  if (grants && of('consent_expires_at') !== null && expiresAt === null) return null;
  return {
    ...action,
    basis: 'CONSENT',
    notice: noticeOf(of('consent_notice')),
    method: of('consent_method') ?? 'unknown',
    occurredAt,
    expiresAt: grants ? expiresAt : null,
  };
}

/** `privacy/2025-03` → notice `privacy` in version `2025-03`; null when it does not name both. */
function noticeOf(text: string | null): MappedConsent['notice'] {
  const [, id, version] = /^(.+)\/([^/]+)$/.exec(text ?? '') ?? [];
  return id === undefined || version === undefined ? null : { id, version };
}

function softOptIn(properties: Properties): MappedConsent[] {
  const createdAt = instantOf(properties.createdate);
  if (createdAt === null || !EXISTING_CUSTOMER.test(properties.hs_legal_basis ?? '')) return [];
  return [
    {
      purpose: 'EMAIL_MARKETING',
      topic: null,
      action: 'GRANT',
      basis: 'SOFT_OPT_IN',
      pending: false,
      notice: null,
      method: 'hs_legal_basis',
      occurredAt: createdAt,
      expiresAt: null,
    },
  ];
}

/**
 * The opt-out from all e-mail says that it is so now, not since when. A denial that is stated already is the better word (an
 * objection stays one); against a grant, or with nothing stated, it withdraws, and later than the grant.
 */
function optOut(properties: Properties, modifiedAt: number, marketing: MappedConsent | null): MappedConsent[] {
  const value = textOf(properties.hs_email_optout)?.toLowerCase() ?? 'false';
  if (value === 'false' || (marketing !== null && marketing.action !== 'GRANT')) return [];
  return [
    {
      purpose: 'EMAIL_MARKETING',
      topic: null,
      action: 'WITHDRAW',
      basis: 'CONSENT',
      pending: false,
      notice: null,
      method: 'hs_email_optout',
      occurredAt: Math.max(modifiedAt, marketing === null ? 0 : marketing.occurredAt + 1),
      expiresAt: null,
    },
  ];
}
