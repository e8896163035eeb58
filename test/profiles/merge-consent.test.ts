/** Two customers that turn out to be one person: denial wins, and the state can be rebuilt from the ledger. */
import fc from 'fast-check';
import { consentStateAt, foldConsents } from '../../subgraphs/profiles/consent';
import type { ConsentRecord } from '../../subgraphs/profiles/store/store';
import { breakOf } from '../../subgraphs/profiles/store/ledger-chain';
import type { MappedConsent } from '../../subgraphs/source';
import { consent, contact, NOW, openProfiles, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let opened: OpenedProfiles;
beforeAll(async () => {
  opened = await openProfiles();
});
afterAll(() => opened.dispose());

const TOPICS = [null, 'promotions', 'news'];
let people = 0;

/** Makes two customers with what each source holds, and then one of them. */
async function merged(crm: readonly MappedConsent[], shop: readonly MappedConsent[]) {
  const number = (people += 1);
  const [one = ''] = (await opened.take('crm', contact(`c${number}`, { consents: crm }))).customerIds;
  const [two = ''] = (await opened.take('commerce', shopper(`s${number}`, { consents: shop }))).customerIds;
  const before = await Promise.all([opened.profile(one), opened.profile(two)]);
  await opened.take(
    'crm',
    contact(`c${number}`, { version: 2, ids: [['shopify.customer', `s${number}`]], consents: crm }),
  );
  return { id: one, before: before.map(({ consents }) => consents), after: await opened.profile(two) };
}

const stateOf = (consents: readonly ConsentRecord[], topic: string | null) =>
  consentStateAt(consents, 'EMAIL_MARKETING', topic, NOW);
const STRENGTH = ['REFUSED', 'WITHDRAWN', 'OBJECTED'];
const strength = (state: string) => STRENGTH.indexOf(state);

const anyHistory = fc.array(
  fc
    .record({
      action: fc.constantFrom('GRANT', 'REFUSE', 'WITHDRAW', 'OBJECT', 'CONFIRM' as const),
      at: fc.integer({ min: -9, max: -1 }),
      topic: fc.constantFrom(...TOPICS),
      pending: fc.boolean(),
    })
    .map(({ action, at, topic, pending }) =>
      consent(action as MappedConsent['action'], at, { topic, pending: pending && action === 'GRANT' }),
    ),
  { maxLength: 4 },
);

it('What was denied under either id is denied after the merge, topic by topic, and never weaker', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, anyHistory, async (crm, shop) => {
      const { before, after } = await merged(crm, shop);
      for (const topic of TOPICS) {
        const denials = before.map((consents) => strength(stateOf(consents, topic)));
        expect(strength(stateOf(after.consents, topic))).toBeGreaterThanOrEqual(Math.max(...denials));
      }
    }),
    {
      numRuns: 60,
      // A weaker denial of every topic must not be written over a stronger one of a single topic.
      examples: [
        [
          [consent('REFUSE', -3, { topic: null }), consent('WITHDRAW', -2, { topic: 'promotions' })],
          [consent('GRANT', -2, { topic: null })],
        ],
      ],
    },
  );
});

it('The state is what the ledger folds to, and the ledger is a chain', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, anyHistory, async (crm, shop) => {
      const { id, after } = await merged(crm, shop);
      const ledger = await opened.ledger(id);
      const { consents, softOptIn } = foldConsents(ledger);
      expect([after.consents, after.softOptIn, breakOf(ledger)]).toEqual([consents, softOptIn, null]);
    }),
    { numRuns: 30 },
  );
});

it('Says in the ledger whence the denial came, and a grant after the merge counts', async () => {
  const { id, after } = await merged([consent('GRANT', -5)], [consent('OBJECT', -9)]);
  const event = (await opened.ledger(id)).at(-1);
  expect(event).toMatchObject({ action: 'OBJECT', method: 'merge', actor: 'profiles', occurredAt: NOW });
  expect(event?.proof).not.toBe(id);
  expect(stateOf(after.consents, null)).toBe('OBJECTED');
  opened.clock.now += 1_000;
  const officer = { id: 'officer', role: 'PRIVACY_OFFICER' as const, scopes: [] };
  const word = { customerId: id, purpose: 'EMAIL_MARKETING' as const, action: 'GRANT' as const, method: 'web_form' };
  expect((await opened.commands.record(officer, word)).consent.state).toBe('GRANTED');
  opened.clock.now = NOW;
});

it('Adds nothing where nobody denied, or the joined ledger denies anyway', async () => {
  const histories: Array<[MappedConsent[], MappedConsent[]]> = [
    [[consent('GRANT', -5)], []],
    [[consent('GRANT', -9)], [consent('WITHDRAW', -5)]],
    [[consent('WITHDRAW', -9)], [consent('REFUSE', -9, { topic: 'news' })]],
  ];
  for (const [crm, shop] of histories) {
    const { id } = await merged(crm, shop);
    expect((await opened.ledger(id)).filter(({ method }) => method === 'merge')).toEqual([]);
  }
});
