/** Which policy is in force, since when, and who started Facet with it: in the audit trail, once for each change. */
import { setImmediate } from 'node:timers/promises';
import { JURISDICTIONS } from '../../schema/policy';
import { policyTables } from '../../schema/policy-table';
import { findNotedPolicy, nameOfPolicy, notePolicy, POLICY_IN_FORCE } from '../../subgraphs/profiles/audit/policy-note';
import type { PolicyInForce } from '../../subgraphs/profiles/audit/policy-note';
import { startProfiles } from '../../subgraphs/start';
import { NOW, openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let opened: OpenedProfiles;
beforeEach(async () => {
  opened = await openProfiles();
});
afterEach(() => opened.dispose());

const note = (policy?: PolicyInForce) =>
  notePolicy({ store: opened.store, operator: 'ada', now: () => opened.clock.now, ...(policy && { policy }) });
const entries = async () => {
  const { data } = await opened.ask(
    '{ auditTrail(filter: { kind: ADMINISTRATION }) { entries { action actor at details } } }',
  );
  const { auditTrail } = data as {
    auditTrail: { entries: Array<{ action: string; actor: string; at: string; details: string }> };
  };
  return auditTrail.entries.map(({ details, ...entry }) => ({ ...entry, details: JSON.parse(details) as unknown }));
};
const withAge = (adultAgeYears: number): PolicyInForce => ({
  ...POLICY_IN_FORCE,
  tables: {
    ...policyTables,
    jurisdictions: { ...policyTables.jurisdictions, US: { ...policyTables.jurisdictions.US, adultAgeYears } },
  },
});

it('The first start notes the tables, a further one nothing, and one with others what differs', async () => {
  await note();
  opened.clock.now += 1_000;
  await note();
  opened.clock.now += 1_000;
  await note(withAge(21));
  expect(await entries()).toEqual([
    {
      ...{ action: 'policyInForce', actor: 'operator:ada', at: new Date(NOW + 2_000).toISOString() },
      details: {
        policy: nameOfPolicy(withAge(21)),
        before: nameOfPolicy(),
        changed: 'tables.jurisdictions.US.adultAgeYears',
      },
    },
    {
      ...{ action: 'policyInForce', actor: 'operator:ada', at: new Date(NOW).toISOString() },
      details: { policy: nameOfPolicy(), before: null, changed: null },
    },
  ]);
  const noted = await findNotedPolicy(opened.store);
  expect([noted && nameOfPolicy(noted.policy), noted?.at]).toEqual([nameOfPolicy(withAge(21)), NOW + 2_000]);
});

it('How long data is kept is of it; the order of rows is not', async () => {
  await note();
  const { jurisdictions } = policyTables;
  const reordered = Object.fromEntries(JURISDICTIONS.toReversed().map((each) => [each, jurisdictions[each]]));
  await note({ ...POLICY_IN_FORCE, tables: { ...policyTables, jurisdictions: reordered } });
  expect(await entries()).toHaveLength(1);
  await note({ ...POLICY_IN_FORCE, retention: { ...POLICY_IN_FORCE.retention, NAME: { days: 1, from: 'now' } } });
  expect((await entries())[0]?.details).toMatchObject({ changed: 'retention.NAME.days retention.NAME.from' });
});

it('A start of profiles does it', async () => {
  const secret = 'x'.repeat(32);
  const profiles = startProfiles({
    ...{ sources: [], store: opened.store, senderNamespaces: [], now: () => opened.clock.now },
    secrets: { maskKey: secret, signing: secret, identity: { version: 1, value: secret } },
  });
  while ((await findNotedPolicy(opened.store)) === null) await setImmediate();
  await profiles.close();
  expect((await entries()).map(({ action }) => action)).toEqual(['policyInForce']);
});
