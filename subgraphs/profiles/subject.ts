/**
 * The state of a data subject as the policy sees it, from the stored profile and the clock. Pure. Must not decide.
 */
import type { Jurisdiction, SubjectState, Suppression } from '../../schema/policy';
import { jurisdictions, policyTables } from '../../schema/policy-table';
import type { PolicyTables } from '../../schema/policy-table';
import { consentStateAt } from './consent';
import { NO_NOTICES } from './notices';
import type { Notices } from './notices';
import { decisiveFacts } from './rectified-record';
import type { Profile } from './store/store';

/** EU and EEA, where one law on consent applies. */
const EU = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' '),
);

/** `listed`: why the addresses of the person are on the suppression list. Other tables than those in force are for comparing them. */
export function subjectStateOf(
  profile: Profile,
  now: number,
  listed: readonly Suppression[] = [],
  notices: Notices = NO_NOTICES,
  tables: Pick<PolicyTables, 'jurisdictions'> = policyTables,
): SubjectState {
  const facts = decisiveFacts(profile.facts);
  const jurisdiction = jurisdictionOf(profile);
  const { adultAgeYears } = tables.jurisdictions[jurisdiction];
  return {
    status: profile.status,
    consent: (purpose, topic) => consentStateAt(profile.consents, purpose, topic, now, notices),
    softOptIn: profile.softOptIn,
    suppressions: [...new Set([...facts.flatMap(({ suppressions }) => suppressions), ...listed])],
    jurisdiction,
    // One source that says "minor" is enough.
    minor: facts.some(({ adultFrom }) => isYounger(adultFrom, adultAgeYears, now)),
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

/** The age of which a profile keeps the date: a birth date in a form that gives less away, from which every other age follows. */
const KEPT_AGE_YEARS = 18;

/** ISO date on which a person born on `birthDate` turns 18. Born on 29 February: 1 March. */
export function adultFromOf(birthDate: string | null): string | null {
  return birthDate === null ? null : yearsAfter(birthDate, KEPT_AGE_YEARS);
}

/** `adultFrom`: as `adultFromOf` gives it; of whom nothing is known is not taken for a minor. */
function isYounger(adultFrom: string | null, years: number, now: number): boolean {
  const since = adultFrom === null ? null : yearsAfter(adultFrom, years - KEPT_AGE_YEARS);
  return since !== null && since > new Date(now).toISOString().slice(0, 10);
}

const HIGHEST_ADULT_AGE = Math.max(...Object.values(jurisdictions).map(({ adultAgeYears }) => adultAgeYears));

/** May the person be a minor, under whichever law? */
export function mayBeMinor(adultFrom: string | null, now: number): boolean {
  return isYounger(adultFrom, HIGHEST_ADULT_AGE, now);
}

function yearsAfter(date: string, years: number): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) return null;
  const after = new Date(Date.UTC(Number(match[1]) + years, Number(match[2]) - 1, Number(match[3])));
  return after.toISOString().slice(0, 10);
}
