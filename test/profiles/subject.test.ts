/** The data subject as the policy sees it: what several sources tell, read so that doubt and denial count. */
import { adultFromOf, jurisdictionOf, subjectStateOf } from '../../subgraphs/profiles/subject';
import type { Profile, ProfileFacts } from '../../subgraphs/profiles/store/store';

const NOW = Date.UTC(2026, 0, 15, 23, 59);

const facts = (changed: Partial<ProfileFacts>): ProfileFacts => ({
  country: null,
  adultFrom: null,
  nameKey: null,
  suppressions: [],
  ...changed,
});

function profileWith(...told: ProfileFacts[]): Profile {
  return {
    id: '01J00000000000000000000001',
    status: 'ACTIVE',
    version: 1,
    consentVersion: 0,
    sourceKeys: [],
    consents: [],
    softOptIn: false,
    facts: Object.fromEntries(told.map((each, index) => [`source ${index}`, each])),
    createdAt: NOW,
    updatedAt: NOW,
  };
}

it.each([
  ['nothing told', [], 'UNKNOWN'],
  ['no country told', [null], 'UNKNOWN'],
  ['Germany', ['DE'], 'EU'],
  ['Norway, of the EEA', ['NO'], 'EU'],
  ['Great Britain', ['GB'], 'UK'],
  ['the United States', ['US'], 'US'],
  ['Switzerland', ['CH'], 'OTHER'],
  ['one tells, one does not', ['US', null], 'US'],
  ['two countries under one law', ['DE', 'FR'], 'EU'],
  ['two countries under two laws: doubt', ['DE', 'US'], 'UNKNOWN'],
])('Jurisdiction: %s', (_name, countries, expected) => {
  expect(jurisdictionOf(profileWith(...countries.map((country) => facts({ country }))))).toBe(expected);
});

it.each([
  ['of age today', ['2026-01-15'], false],
  ['of age tomorrow', ['2026-01-16'], true],
  ['of age for long', ['2000-01-01'], false],
  ['birth date unknown', [null], false],
  ['one source says of age, another one not yet', ['2000-01-01', '2030-01-01'], true],
])('A minor: %s', (_name, dates, expected) => {
  expect(subjectStateOf(profileWith(...dates.map((adultFrom) => facts({ adultFrom }))), NOW).minor).toBe(expected);
});

it.each([
  ['2008-01-15', '2026-01-15'],
  ['2008-02-29', '2026-03-01'],
  ['15.01.2008', null],
  [null, null],
])('Born on %s, a person is of age from %s', (born, expected) => {
  expect(adultFromOf(born)).toBe(expected);
});

it('What any source says against mailing counts', () => {
  const state = subjectStateOf(
    profileWith(facts({ suppressions: ['HARD_BOUNCE'] }), facts({}), facts({ suppressions: ['COMPLAINT'] })),
    NOW,
  );
  expect(state.suppressions).toEqual(['HARD_BOUNCE', 'COMPLAINT']);
});
