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
  'customerId purpose role entitled basis topic consent mailed mailedReason categories { category verdict reason byPurpose byRole }';
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
      topic: null,
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

  it('of a template says what the template answers: for its topic, and of whom it may not mail nothing', async () => {
    const purpose = 'EMAIL_MARKETING';
    const consents = [consent('GRANT', -600), consent('WITHDRAW', -60, { topic: 'promotions' })];
    const eve = (await profiles.take('crm', contact('2', { email: 'eve@example.com', consents }))).customerIds[0] ?? '';
    const by = async (template: string | null) => {
      const argument = template === null ? '' : `, template: "${template}"`;
      const { data } = await profiles.ask(
        `{ explainAccess(customerId: "${eve}", purpose: ${purpose}, role: RENDERER${argument}) { topic consent mailed categories { category verdict reason } } }`,
      );
      return (data as { explainAccess: { categories: Array<{ category: string; verdict: string; reason: string }> } })
        .explainAccess;
    };
    const nameOf = ({ categories }: Awaited<ReturnType<typeof by>>) =>
      categories.find(({ category }) => category === 'NAME');
    const [everyTopic, cart, winBack] = [await by(null), await by('abandoned-cart'), await by('win-back')];
    expect(everyTopic).toMatchObject({ topic: null, consent: 'GRANTED', mailed: true });
    expect(cart).toMatchObject({ topic: 'promotions', consent: 'WITHDRAWN', mailed: false });
    expect(new Set(cart.categories.map(({ verdict, reason }) => `${verdict} ${reason}`))).toEqual(
      new Set(['WITHHOLD CONSENT']),
    );
    for (const [template, said] of [
      ['abandoned-cart', cart],
      ['win-back', winBack],
    ] as const) {
      const { topic } = said as unknown as { topic: string | null };
      const { data } = await profiles.ask(
        `{ customer(id: "${eve}") { contactPermission(topic: ${JSON.stringify(topic)}) { permitted } } }`,
        {
          ...{ purpose, contact: { topic }, template },
        },
      );
      expect(said).toMatchObject({
        mailed: (data as { customer: { contactPermission: { permitted: boolean } } }).customer.contactPermission
          .permitted,
      });
    }
    expect(nameOf(everyTopic)?.verdict).toBe('CLEAR');
  });

  it.each([
    ['a template it does not know', 'EMAIL_MARKETING', 'no-such', 'TEMPLATE_UNKNOWN'],
    ['a template of another purpose', 'EMAIL_MARKETING', 'order-follow-up', 'BAD_USER_INPUT'],
  ])('refuses %s', async (_name, purpose, template, code) => {
    const query = `{ explainAccess(customerId: "${id}", purpose: ${purpose}, role: RENDERER, template: "${template}") { mailed } }`;
    expect((await profiles.ask(query)).codes).toEqual([code]);
  });

  it('is in the audit trail: who asked about whom, and what for', async () => {
    await profiles.ask(
      `{ explainAccess(customerId: "${id}", purpose: EMAIL_MARKETING, role: ANALYST, template: "win-back") { mailed } }`,
      { ...privacyOfficer, requestId: 'r-1' },
    );
    const trail = await profiles.store.findAudit({ chainId: 'profiles', before: Number.MAX_SAFE_INTEGER, limit: 1 });
    expect(trail.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      {
        ...{ kind: 'READ', at: NOW, actor: 'officer', role: 'PRIVACY_OFFICER', purpose: 'DATA_SUBJECT_RIGHTS' },
        ...{ action: 'explainAccess', subjects: [id], requestId: 'r-1' },
        categories: { clear: ['CONSENT'], masked: [], withheld: [] },
        details: { purpose: 'EMAIL_MARKETING', role: 'ANALYST', template: 'win-back' },
      },
    ]);
  });
});
