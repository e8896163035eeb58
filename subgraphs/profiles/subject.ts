/**
 * The state of a data subject as the policy sees it, from the stored profile and the clock. Pure. Must not decide.
 */
import type { Jurisdiction, SubjectState, Suppression } from '../../schema/policy';
import { ADULT_AGE_YEARS } from '../../schema/policy-table';
import { consentStateAt } from './consent';
import { NO_NOTICES } from './notices';
import type { Notices } from './notices';
import { decisiveFacts } from './rectified-record';
import type { Profile } from './store/store';

/** EU and EEA, where one law on consent applies. */
const EU = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' '),
);

/** `listed`: why the addresses of the person are on the suppression list. */
export function subjectStateOf(
  profile: Profile,
  now: number,
  listed: readonly Suppression[] = [],
  notices: Notices = NO_NOTICES,
): SubjectState {
  const facts = decisiveFacts(profile.facts);
  const today = new Date(now).toISOString().slice(0, 10);
  return {
    status: profile.status,
    consent: (purpose, topic) => consentStateAt(profile.consents, purpose, topic, now, notices),
    softOptIn: profile.softOptIn,
    suppressions: [...new Set([...facts.flatMap(({ suppressions }) => suppressions), ...listed])],
    jurisdiction: jurisdictionOf(profile),
    // One source that says "minor" is enough.
    minor: facts.some(({ adultFrom }) => adultFrom !== null && adultFrom > today),
  };
}

/** Sources that disagree leave the jurisdiction unknown, which is treated as the strictest. */
export function jurisdictionOf({ facts }: Pick<Profile, 'facts'>): Jurisdiction {
  const known = new Set(
    decisiveFacts(facts).flatMap(({ country }) => (country === null ? [] : [jurisdictionOfCountry(country)])),
  );
  const [only] = known;
  return only === undefined || known.size > 1 ? 'UNKNOWN' : only;
}

function jurisdictionOfCountry(country: string): Jurisdiction {
  if (EU.has(country)) return 'EU';
  if (country === 'GB') return 'UK';
  return country === 'US' ? 'US' : 'OTHER';
}

/** ISO date on which a person born on `birthDate` comes of age. Born on 29 February: 1 March. */
export function adultFromOf(birthDate: string | null): string | null {
  const match = birthDate === null ? null : /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate);
  if (match === null) return null;
  const date = new Date(Date.UTC(Number(match[1]) + ADULT_AGE_YEARS, Number(match[2]) - 1, Number(match[3])));
  return date.toISOString().slice(0, 10);
}
