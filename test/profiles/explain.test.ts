import { CATEGORIES, decide, decideContact, PURPOSES, ROLES } from '../../schema/policy';
import { subjectStateOf } from '../../subgraphs/profiles/subject';
import { consent, contact, NOW, openProfiles, privacyOfficer } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let profiles: OpenedProfiles;
let id: string;
beforeAll(async () => {
  profiles = await openProfiles();
  const record = contact('1', {
    email: 'ada@example.com',
    consents: [consent('GRANT', -600), consent('WITHDRAW', -60)],
  });
  id = (await profiles.take('crm', record)).customerIds[0] ?? '';
});
afterAll(() => profiles.dispose());

const FIELDS =
  'customerId purpose role entitled basis consent mailed mailedReason categories { category verdict reason byPurpose byRole }';
const explain = (purpose: string, role: string, as = privacyOfficer, customerId = id) =>
  profiles.ask(`{ explainAccess(customerId: "${customerId}", purpose: ${purpose}, role: ${role}) { ${FIELDS} } }`, as);

describe('explainAccess', () => {
  it('says why a withdrawn person is not mailed, category by category', async () => {
    const { data } = (await explain('EMAIL_MARKETING', 'RENDERER')) as { data: { explainAccess: object } };
    expect(data.explainAccess).toEqual({
      customerId: id,
      purpose: 'EMAIL_MARKETING',
      role: 'RENDERER',
      entitled: true,
      basis: 'consent or soft opt-in',
      consent: 'WITHDRAWN',
      mailed: false,
      mailedReason: 'CONSENT',
      categories: expect.arrayContaining([
        { category: 'CONTACT', verdict: 'WITHHOLD', reason: 'CONSENT', byPurpose: '•', byRole: '•' },
        { category: 'BEHAVIOUR', verdict: 'WITHHOLD', reason: 'CONSENT', byPurpose: 'P', byRole: '•' },
        { category: 'SENSITIVE', verdict: 'WITHHOLD', reason: 'PURPOSE', byPurpose: '–', byRole: '–' },
      ]),
    });
  });

  it.each(PURPOSES.flatMap((purpose) => ROLES.map((role) => [purpose, role] as const)))(
    'says of %s for %s what a read decides',
    async (purpose, role) => {
      const state = subjectStateOf(await profiles.profile(id), NOW);
      const principal = { id: 'any', role, scopes: [], ...(role === 'DATA_SUBJECT' ? { customerId: id } : {}) };
      const { data } = (await explain(purpose, role)) as {
        data: { explainAccess: { mailed: boolean; categories: Array<Record<string, unknown>> } };
      };
      const { categories, mailed } = data.explainAccess;
      expect(mailed).toBe(decideContact(principal, purpose, id, state, null).permitted);
      expect(categories.map(({ category, verdict, reason }) => ({ category, verdict, reason }))).toEqual(
        CATEGORIES.map((category) => ({ category, reason: null, ...decide(principal, purpose, id, state, category) })),
      );
    },
  );

  it.each(['RENDERER', 'ANALYST', 'SUPPORT_AGENT', 'DATA_SUBJECT'] as const)('is not for %s', async (role) => {
    const principal = {
      id: 'other',
      role,
      scopes: ['policy:explain'],
      ...(role === 'DATA_SUBJECT' ? { customerId: id } : {}),
    };
    const { codes } = await explain('EMAIL_MARKETING', 'RENDERER', { principal, purpose: null });
    expect(codes).toEqual(['ROLE_NOT_ENTITLED']);
  });

  it('names a customer it does not know', async () => {
    expect((await explain('EMAIL_MARKETING', 'RENDERER', privacyOfficer, 'nobody')).codes).toEqual([
      'CUSTOMER_UNKNOWN',
    ]);
  });
});
