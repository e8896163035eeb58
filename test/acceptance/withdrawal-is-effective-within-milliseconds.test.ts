import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';
import { STORE } from './store-server';

const ROUNDS = 100;
/** On MongoDB the server may be a test tool, whose speed says nothing. */
const P99_MS = STORE === 'mongodb' ? 1_000 : 50;

let facet: RunningFacet;
let id: string;

beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

const say = (input: string) =>
  facet.graphql(`mutation ($id: ID!) { ${input} { version } }`, { as: 'privacyOfficer', variables: { id } });
const grant = () =>
  say(
    'recordConsent(input: { customerId: $id, purpose: EMAIL_MARKETING, action: GRANT, notice: { id: "privacy", version: "2026-01" }, method: "test" })',
  );
const withdraw = () => say('withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING })');

/** Milliseconds from the answer to a withdrawal to the first answer that obeys it, and how many before it did not. */
async function toEffect(): Promise<{ readonly ms: number; readonly late: number }> {
  await grant();
  expect((await facet.template('abandoned-cart', id)).body.send).toBe(true);
  await withdraw();
  const answeredAt = performance.now();
  for (let late = 0; ; late += 1) {
    const { body } = await facet.template('abandoned-cart', id);
    if (body.send === false) return { ms: performance.now() - answeredAt, late };
  }
}

describe('A withdrawal', () => {
  it(`is effective on the very next read, at the 99th percentile within ${P99_MS} ms`, async () => {
    const rounds: Array<{ readonly ms: number; readonly late: number }> = [];
    // On a machine that does other things beside, a whole round of a hundred may be slow; a slow Facet is so in each.
    const p99s: number[] = [];
    for (let attempt = 0; attempt < 3 && Math.min(...p99s) >= P99_MS; attempt += 1) {
      const measured: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const each = await toEffect();
        rounds.push(each);
        measured.push(each.ms);
      }
      p99s.push(measured.toSorted((a, b) => a - b)[Math.ceil(ROUNDS * 0.99) - 1] ?? Infinity);
    }
    expect(rounds.filter(({ late }) => late > 0)).toEqual([]);
    expect(Math.min(...p99s)).toBeLessThan(P99_MS);
  }, 120_000);
});
