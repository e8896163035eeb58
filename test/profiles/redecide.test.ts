import { consent, contact, NOW, openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let profiles: OpenedProfiles;
beforeEach(async () => {
  profiles = await openProfiles();
});
afterEach(() => profiles.dispose());

const granted = contact('1', { email: 'ada@example.com', consents: [consent('GRANT', -3600)] });
const withdrawn = contact('1', {
  version: 2,
  email: 'ada@example.com',
  consents: [consent('GRANT', -3600), consent('WITHDRAW', -10)],
});
/** What a read hands in: it took its decision a little before it asked the source. */
const read = async () => (await profiles.take('crm', withdrawn)).bearsOnDecision;

describe('A record that a read fetched bears on the decision of that read', () => {
  it('when it tells of a withdrawal', async () => {
    await profiles.take('crm', granted);
    profiles.clock.now = NOW + 600_000;
    expect(await read()).toEqual([true]);
  });

  it('when somebody else stored the same while the read was under way', async () => {
    await profiles.take('crm', granted);
    profiles.clock.now = NOW + 600_000;
    await profiles.take('crm', withdrawn);
    profiles.clock.now += 300;
    expect(await read()).toEqual([true]);
  });

  it('and does not when all of it was known before', async () => {
    await profiles.take('crm', withdrawn);
    profiles.clock.now = NOW + 600_000;
    expect(await read()).toEqual([false]);
  });
});
