import fc from 'fast-check';
import { effectOnTemplates } from '../../deploy/policy-effect';
import { CATEGORIES, PURPOSES } from '../../schema/policy';
import { policyTables } from '../../schema/policy-table';
import type { PolicyTables } from '../../schema/policy-table';
import { comparePolicies, parsePolicy, printPolicy, stringifyPolicy } from '../../schema/policy-text';
import { addressKeysOf } from '../../subgraphs/profiles/suppression';
import { consent, contact, NOW, openProfiles } from '../profiles/opened-profiles';
import type { OpenedProfiles } from '../profiles/opened-profiles';

/** The tables in force, with one cell of a purpose changed. */
const withCell = (purpose: (typeof PURPOSES)[number], category: (typeof CATEGORIES)[number], cell: '•' | '–' | 'm') => {
  const changed = structuredClone(policyTables) as unknown as {
    purposes: Record<string, { cells: Record<string, string> }>;
  };
  (changed.purposes[purpose] as { cells: Record<string, string> }).cells[category] = cell;
  return changed as unknown as PolicyTables;
};

/** The tables in force, with another age in one jurisdiction. */
const withAge = (jurisdiction: keyof PolicyTables['jurisdictions'], adultAgeYears: number): PolicyTables => ({
  ...policyTables,
  jurisdictions: {
    ...policyTables.jurisdictions,
    [jurisdiction]: { ...policyTables.jurisdictions[jurisdiction], adultAgeYears },
  },
});

describe('The policy as text', () => {
  it('is read back as it was written', () => {
    expect(parsePolicy(stringifyPolicy(policyTables))).toEqual(policyTables);
  });

  it('shows every purpose, role, category and cell', () => {
    const lines = printPolicy(policyTables).split('\n');
    for (const purpose of PURPOSES) {
      const line = lines.find((each) => each.startsWith(purpose)) ?? '';
      expect(line.split(/\s+/).slice(-CATEGORIES.length)).toEqual(
        CATEGORIES.map((category) => policyTables.purposes[purpose].cells[category]),
      );
    }
  });

  it('names the one cell that differs, whichever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PURPOSES), fc.constantFrom(...CATEGORIES), (purpose, category) => {
        const before = policyTables.purposes[purpose].cells[category];
        const cell = before === '–' ? '•' : '–';
        expect(comparePolicies(policyTables, withCell(purpose, category, cell))).toEqual([
          { place: `purposes.${purpose}.cells.${category}`, before, after: cell },
        ]);
      }),
    );
  });

  it('shows the age of each jurisdiction, names it when it differs, and takes a table of before there was one for 18', () => {
    const lines = printPolicy(withAge('US', 21)).split('\n');
    expect(lines.find((line) => line.startsWith('jurisdiction'))).toMatch(/adult at$/);
    expect(lines.find((line) => line.startsWith('US '))).toMatch(/ 21$/);
    expect(comparePolicies(policyTables, withAge('US', 21))).toEqual([
      { place: 'jurisdictions.US.adultAgeYears', before: 18, after: 21 },
    ]);
    const earlier = stringifyPolicy(policyTables).replaceAll(/,\s*"adultAgeYears": \d+/g, '');
    expect(earlier).not.toContain('adultAgeYears');
    expect(Object.values(parsePolicy(earlier).jurisdictions).map((law) => law.adultAgeYears)).toEqual(
      Array(5).fill(18),
    );
  });

  it('asks nowhere for a higher age than where nobody knows whose law it is', () => {
    const { UNKNOWN, ...known } = policyTables.jurisdictions;
    for (const { adultAgeYears } of Object.values(known)) {
      expect(adultAgeYears).toBeLessThanOrEqual(UNKNOWN.adultAgeYears);
    }
  });

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['a table without rows', '{"purposes": {}}'],
    ['an unknown cell', stringifyPolicy(policyTables).replace('"•"', '"x"')],
  ])('refuses %s', (_what, text) => {
    expect(() => parsePolicy(text)).toThrow();
  });
});

describe('A change of the policy', () => {
  let profiles: OpenedProfiles;
  beforeEach(async () => {
    profiles = await openProfiles();
    await profiles.take(
      'crm',
      contact('1', { email: 'granted@example.com', consents: [consent('GRANT', -60)] }),
      contact('2', { email: 'refused@example.com', consents: [consent('REFUSE', -60)] }),
    );
  });
  afterEach(() => profiles.dispose());

  const effect = (before: PolicyTables, after: PolicyTables) =>
    effectOnTemplates({
      templates: [
        { name: 'cart', purpose: 'EMAIL_MARKETING', topic: null, categories: ['CONTACT', 'LOCATION'] },
        { name: 'order', purpose: 'ESSENTIAL_SERVICE', topic: null, categories: ['CONTACT', 'PURCHASE_HISTORY'] },
      ],
      before: { tables: before, observes: [] },
      after: { tables: after, observes: [] },
      store: profiles.store,
      now: NOW,
    });

  it('that is none affects nobody', async () => {
    expect(await effect(policyTables, policyTables)).toEqual({ subjects: 2, effects: [] });
  });

  it('says which templates see less of how many, and who is mailed no more', async () => {
    expect(await effect(policyTables, withCell('EMAIL_MARKETING', 'LOCATION', '–'))).toEqual({
      subjects: 2,
      effects: [{ template: 'cart', categories: ['LOCATION'], noLongerMailed: 0, newlyMailed: 0, seenDifferently: 1 }],
    });
    expect(await effect(policyTables, withCell('ESSENTIAL_SERVICE', 'CONTACT', '–'))).toEqual({
      subjects: 2,
      effects: [
        {
          template: 'order',
          categories: ['CONTACT', 'PURCHASE_HISTORY'],
          noLongerMailed: 2,
          newlyMailed: 0,
          seenDifferently: 0,
        },
      ],
    });
  });

  it('counts nobody whom the suppression list stops either way', async () => {
    const addressKeys = (await profiles.profiles()).flatMap(addressKeysOf);
    const bounce = { reason: 'HARD_BOUNCE', occurredAt: NOW, recordedAt: NOW, actor: 'test' } as const;
    await profiles.store.commit({ suppress: addressKeys.map((addressKey) => ({ addressKey, ...bounce })) });
    expect(await effect(policyTables, withCell('EMAIL_MARKETING', 'LOCATION', '–'))).toEqual({
      subjects: 2,
      effects: [],
    });
  });

  it('of an age says who is a minor by it, under that law alone', async () => {
    const consents = [consent('GRANT', -60)];
    await profiles.take(
      'crm',
      contact('3', { email: 'us@example.com', consents, facts: { country: 'US', birthDate: '2006-01-15' } }),
      contact('4', { email: 'de@example.com', consents, facts: { country: 'DE', birthDate: '2006-01-15' } }),
    );
    const effects = async (years: number) => (await effect(policyTables, withAge('US', years))).effects;
    expect(await effects(20)).toEqual([]);
    expect(await effects(21)).toEqual([
      {
        ...{ template: 'cart', categories: ['CONTACT', 'LOCATION'] },
        ...{ noLongerMailed: 1, newlyMailed: 0, seenDifferently: 0 },
      },
    ]);
    expect((await effect(withAge('US', 21), policyTables)).effects).toMatchObject([{ newlyMailed: 1 }]);
  });

  it('says the opposite of the change back', async () => {
    const { effects } = await effect(withCell('ESSENTIAL_SERVICE', 'CONTACT', '–'), policyTables);
    expect(effects).toEqual([expect.objectContaining({ template: 'order', newlyMailed: 2, noLongerMailed: 0 })]);
  });
});
