/** Customers of about 1 KB as the store keeps them. Pure. */
import type { Change } from '../../subgraphs/profiles/store/change';
import type { Profile } from '../../subgraphs/profiles/store/store';

const NOW = 1_790_000_000_000;
const hash = (seed: number) => seed.toString(16).padStart(4, '0').repeat(11);

export const idOf = (number: number): string => `01J${String(number).padStart(23, '0')}`;

export function profileOf(number: number, version: number): Profile {
  const fact = {
    ...{ country: 'DE', adultFrom: '2008-01-01', nameKey: hash(number), suppressions: [] },
    addressKeys: [hash(number + 1)],
  };
  const consent = {
    topic: null,
    state: 'GRANTED',
    notice: { id: 'privacy', version: '2' },
    since: NOW,
    expiresAt: null,
  };
  return {
    id: idOf(number),
    status: 'ACTIVE',
    ...{ version, consentVersion: 1, softOptIn: false, createdAt: NOW, updatedAt: NOW + version },
    sourceKeys: ['crm', 'commerce', 'analytics', 'support'].map((source) => ({ source, key: `${source}-${number}` })),
    consents: (['EMAIL_MARKETING', 'PROFILING', 'ANALYTICS'] as const).map(
      (purpose) => ({ ...consent, purpose }) as Profile['consents'][number],
    ),
    facts: { crm: fact, commerce: fact },
  };
}

export const changeOf = (number: number, version: number): Change => ({
  ...{ customerId: idOf(number), version, kind: 'UPDATED', changedFields: ['contact'], at: NOW },
});
