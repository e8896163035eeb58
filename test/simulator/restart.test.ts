import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/simulator';
import { control, example, handClock, hubspot } from './callers';

describe('A data directory', () => {
  let dataDir: string;
  const running: Simulator[] = [];
  const start = async (options: SimulatorOptions = {}): Promise<Simulator> => {
    const simulator = await startSimulator({ dataDir, ...options });
    running.push(simulator);
    return simulator;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'facet-simulator-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((simulator) => simulator.close()));
    await rm(dataDir, { recursive: true });
  });

  it('keeps people, changes and credentials across a restart, even one without a farewell', async () => {
    const clock = handClock();
    const first = await start({ customers: 60, seed: 5, now: clock.now });
    const { hubspotIds, shopifyId } = first.population.examples('crossId')[0]!;
    clock.advance(5000);
    const change = (vendor: string, id: string, properties: object) =>
      control(first, 'PATCH', `customers/${vendor}/${id}`, properties);
    await change('hubspot', hubspotIds[0]!, { firstname: 'Ford', lastname: 'Beeblebrox' });
    await change('hubspot', hubspotIds[0]!, { firstname: 'Zaphod' });
    await change('shopify', shopifyId!, { marketingState: 'UNSUBSCRIBED' });
    clock.advance(60_000);
    await change('shopify', shopifyId!, { firstName: 'Zaphod' });
    clock.advance(86_400_000);
    // The first one is still running: nothing was written on closing.
    const second = await start({ now: clock.now });
    expect(second.credentials).toEqual(first.credentials);
    expect(second.population.people).toEqual(first.population.people);
    expect(second.population.shopify).toEqual(first.population.shopify);
    expect(second.population.hubspot).toEqual(first.population.hubspot);
    const path = `/crm/v3/objects/contacts/${hubspotIds[0]}?properties=firstname,lastname`;
    expect((await hubspot(second, 'GET', path)).body.properties).toMatchObject({
      firstname: 'Zaphod',
      lastname: 'Beeblebrox',
    });
  });

  it('keeps changes of persons, users and tickets, and tickets that were opened', async () => {
    const clock = handClock();
    const first = await start({ customers: 60, now: clock.now });
    const { posthogId, zendeskId } = example(first, 'readyForCartMail');
    await control(first, 'PATCH', `customers/posthog/${posthogId}`, { plan: 'gold', $os: null });
    await control(first, 'PATCH', `customers/zendesk/${zendeskId}`, { name: 'Zaphod', notes: 'two heads' });
    clock.advance(60_000);
    const opened = await control(first, 'POST', 'tickets', { requester_id: zendeskId, subject: 'A', status: 'open' });
    const id = opened.body.id.replace('tickets/', '');
    clock.advance(60_000);
    await control(first, 'POST', 'tickets', {
      id,
      subject: 'B',
      status: 'solved',
      satisfaction_rating: { score: 'bad' },
    });
    const second = await start({ now: clock.now });
    const persons = ({ population }: Simulator) => population.posthog.records.map(({ person }) => person);
    expect(persons(second)).toEqual(persons(first));
    expect(second.population.zendesk).toEqual(first.population.zendesk);
    expect(second.population.zendesk.tickets.at(-1)).toMatchObject({ id, subject: 'B', satisfaction: 'bad' });
  });

  it('keeps what was removed away', async () => {
    const first = await start({ customers: 60 });
    const { hubspotIds, posthogId, zendeskId } = example(first, 'readyForCartMail');
    await control(first, 'PATCH', `customers/hubspot/${hubspotIds[0]}`, { firstname: 'Zaphod' });
    for (const path of [`hubspot/${hubspotIds[0]}`, `posthog/${posthogId}`, `zendesk/${zendeskId}`]) {
      expect((await control(first, 'DELETE', `customers/${path}`)).status).toBe(204);
    }
    const second = await start();
    expect(second.population.hubspot).toEqual(first.population.hubspot);
    expect(second.population.posthog.records.map(({ person }) => person.id)).toEqual(
      first.population.posthog.records.map(({ person }) => person.id),
    );
    const user = second.population.zendesk.users.find(({ id }) => id === zendeskId);
    expect(user?.active).toBe(false);
  });

  it('keeps the credentials for the owner alone', async () => {
    await start({ customers: 50 });
    expect((await stat(path.join(dataDir, 'credentials.json'))).mode & 0o777).toBe(0o600);
  });

  it('completes credentials that an earlier version kept, changing none', async () => {
    const kept = { hubspot: { token: 'pat-eu1-kept' }, shopify: { clientId: 'kept', clientSecret: 'shpss_kept' } };
    await writeFile(path.join(dataDir, 'credentials.json'), JSON.stringify(kept));
    const first = await start({ customers: 50 });
    expect(first.credentials).toMatchObject(kept);
    expect(first.credentials.shopify.webhookSecret).toBe('shpss_kept');
    expect((await start()).credentials).toEqual(first.credentials);
  });

  it('refuses to serve another population than it keeps', async () => {
    await start({ customers: 50 });
    await expect(start({ customers: 51 })).rejects.toThrow(
      `customers: expected 50, as in the population kept in ${dataDir}, but got 51`,
    );
    await expect(start({ seed: 1 })).rejects.toThrow('seed: expected 42');
    await expect(start({ customers: 50, seed: 42 })).resolves.toBeDefined();
  });

  it('makes no credentials twice', async () => {
    const one = await start({ customers: 50 });
    const other = await startSimulator({ customers: 50 });
    running.push(other);
    expect(other.credentials).not.toEqual(one.credentials);
    expect(await readFile(path.join(dataDir, 'state.json'), 'utf8')).not.toContain(one.credentials.hubspot.token);
  });
});

describe('Starting and closing', () => {
  it('ends calls that hang, and may be closed twice', async () => {
    const simulator = await startSimulator({ customers: 50 });
    await control(simulator, 'PUT', 'faults/hubspot', { hang: true });
    const hanging = hubspot(simulator, 'GET', '/crm/v3/objects/contacts');
    await expect(
      Promise.all([simulator.close(), expect(hanging).rejects.toThrow('fetch failed')]),
    ).resolves.toBeDefined();
    await simulator.close();
  });

  it('leaves no port open when another is taken', async () => {
    const first = await startSimulator({ customers: 50 });
    const taken = Number(new URL(first.urls.shopify).port);
    await expect(startSimulator({ customers: 50, ports: { shopify: taken } })).rejects.toThrow('EADDRINUSE');
    await first.close();
  });
});
