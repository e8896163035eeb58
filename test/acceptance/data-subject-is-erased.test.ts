// A data subject exercises the rights of GDPR Art. 15 to 18 over the whole graph, and is erased here and at all four vendors.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PersonRef } from '../../simulator/population';
import { runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
let people: PersonRef[];

beforeAll(async () => {
  facet = await runFacet();
  const doubtful = ['crossIdConflict', 'sharedAddress', 'duplicateContact'];
  people = facet.population.people.filter(
    ({ hubspotIds, shopifyId, posthogId, zendeskId, email, cases }) =>
      hubspotIds.length === 1 &&
      shopifyId !== null &&
      posthogId !== null &&
      zendeskId !== null &&
      email !== null &&
      !cases.some((name) => doubtful.includes(name)),
  );
});
afterAll(() => facet.close());

const OFFICER = { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS' } as const;
const ask = async <Data>(query: string, options: Parameters<RunningFacet['graphql']>[1] = OFFICER): Promise<Data> => {
  const { body } = await facet.graphql(query, options);
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data as Data;
};
/** Somebody whom all four vendors know, and whom no other test has taken. */
const somebody = async (): Promise<{ id: string; person: PersonRef }> => {
  for (;;) {
    const person = people.pop();
    if (person === undefined) throw new Error('Expected somebody whom all four vendors know.');
    const found = await ask<{ customer: { id: string; freshness: unknown[] } | null }>(
      `{ customer: customerByIdentity(namespace: "hubspot.contact", value: "${person.hubspotIds[0]}") { id freshness { source } } }`,
    );
    if (found.customer?.freshness.length === 4) return { id: found.customer.id, person };
  }
};
interface Erasure {
  status: string;
  completedAt: string | null;
  receipts: Array<{ source: string; outcome: string; statement: string; signature: string }>;
  pending: Array<{ source: string; failures: number; lastFailure: string | null }>;
}
const FIELDS =
  'status completedAt receipts { source outcome statement signature } pending { source failures lastFailure }';
const erase = async (id: string) =>
  (await ask<{ eraseCustomer: Erasure }>(`mutation { eraseCustomer(id: "${id}") { ${FIELDS} } }`)).eraseCustomer;
const erasureWhere = async (id: string, holds: (erasure: Erasure) => boolean): Promise<Erasure> => {
  for (;;) {
    const { erasure } = await ask<{ erasure: Erasure }>(`{ erasure(id: "${id}") { ${FIELDS} } }`);
    if (holds(erasure)) return erasure;
    await pause(50);
  }
};

describe('A data subject', () => {
  it('reads and exercises rights on the own id, and on no other', async () => {
    const [{ id }, other] = [await somebody(), await somebody()];
    const bearer = await facet.issue({
      subject: 'ann',
      role: 'DATA_SUBJECT',
      scopes: ['operations:adhoc'],
      customerId: id,
    });
    const options = { bearer, purpose: 'DATA_SUBJECT_RIGHTS' };
    const mutation = (subject: string) => `mutation { restrictCustomer(id: "${subject}") { status } }`;
    expect((await facet.graphql(mutation(other.id), options)).body.errors?.[0]?.extensions.code).toBe(
      'ROLE_NOT_ENTITLED',
    );
    expect((await facet.graphql(mutation(id), options)).body.data).toEqual({
      restrictCustomer: { status: 'RESTRICTED' },
    });
    expect((await facet.template('order-follow-up', id)).body).toMatchObject({ send: false });
    expect((await facet.template('order-follow-up', other.id)).body._facet).toBeDefined();
  });

  it('gets one document over all four sources', async () => {
    const { id, person } = await somebody();
    const { exportCustomer } = await ask<{ exportCustomer: { document: string; schemaVersion: number } }>(
      `mutation { exportCustomer(id: "${id}") { document schemaVersion } }`,
    );
    const document = JSON.parse(exportCustomer.document) as { records: Array<{ source: string; fetchedAt: string }> };
    expect(document.records.map(({ source }) => source)).toEqual([
      'crm',
      'commerce',
      'analytics',
      'support',
      'profiles',
    ]);
    expect(exportCustomer.document).toContain(person.email);
    expect(facet.logged()).not.toContain(person.email);
  });

  it('is right about the own name, whatever the CRM says before and after', async () => {
    const { id, person } = await somebody();
    const name = async () =>
      (
        await ask<{ customer: { contact: { firstName: string; lastName: string } } }>(
          `{ customer(id: "${id}") { contact { firstName lastName } } }`,
        )
      ).customer.contact;
    const before = await name();
    await ask(
      `mutation { rectifyCustomer(input: { customerId: "${id}", fields: [{ path: "contact.firstName", value: "Zaphod" }] }) { version } }`,
    );
    expect(await name()).toEqual({ ...before, firstName: 'Zaphod' });
    await facet.changeAt('hubspot', person.hubspotIds[0] ?? '', { firstname: 'Trillian', lastname: 'McMillan' });
    while ((await name()).lastName !== 'McMillan') await pause(50);
    expect(await name()).toEqual({ firstName: 'Zaphod', lastName: 'McMillan' });
  });
});

describe('A data subject is erased', () => {
  it('here and at four vendors, each with a receipt, in less than five seconds; reads are blocked at once', async () => {
    const { id, person } = await somebody();
    const startedAt = performance.now();
    expect(await erase(id)).toMatchObject({ status: 'ERASED', receipts: [{ source: 'profiles', outcome: 'ERASED' }] });
    const { body } = await facet.graphql(
      `{ customer(id: "${id}") { id contact { email } identities { value } } }`,
      OFFICER,
    );
    expect(body.data).toEqual({ customer: { id, contact: { email: null }, identities: null } });
    expect((await facet.template('abandoned-cart', id)).body).toMatchObject({ send: false });

    const erasure = await erasureWhere(id, ({ completedAt }) => completedAt !== null);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(erasure.receipts.map(({ source, outcome }) => `${source} ${outcome}`)).toEqual([
      'analytics ERASED',
      'commerce RETAINED',
      'crm ERASED',
      'profiles ERASED',
      'support ERASED',
    ]);
    const gone = [
      ['hubspot', `/customers/hubspot/${person.hubspotIds[0]}`],
      ['posthog', `/customers/posthog/${person.posthogId}`],
      ['zendesk', `/customers/zendesk/${person.zendeskId}`],
    ] as const;
    for (const [, pathname] of gone) {
      await expect(facet.control(pathname, { method: 'PATCH' })).rejects.toThrow('404');
    }
  });

  it('and does not come back by a late webhook of the vendor that keeps the record', async () => {
    const { id, person } = await somebody();
    await erase(id);
    await erasureWhere(id, ({ completedAt }) => completedAt !== null);
    await facet.forget();
    await facet.changeAt('shopify', person.shopifyId ?? '', { note: 'late' });
    const isAsked = async () =>
      (await facet.asked('shopify')).some(({ ids }) => ids.some((each) => each.endsWith(person.shopifyId ?? '–')));
    while (!(await isAsked())) await pause(50);
    // What comes after it is taken in after it: once that is seen, the late one has been applied.
    const later = await somebody();
    const changedAt = async () => {
      const { exportCustomer } = await ask<{ exportCustomer: { document: string } }>(
        `mutation { exportCustomer(id: "${later.id}") { document } }`,
      );
      const { records } = JSON.parse(exportCustomer.document) as {
        records: Array<{ source: string; changedAt: string }>;
      };
      return records.find(({ source }) => source === 'commerce')?.changedAt;
    };
    const before = await changedAt();
    await facet.changeAt('shopify', later.person.shopifyId ?? '', { note: 'afterwards' });
    while ((await changedAt()) === before) await pause(50);
    const byIdentity = await ask<Record<string, unknown>>(
      `{ shop: customerByIdentity(namespace: "shopify.customer", value: "${person.shopifyId}") { id }
         mail: customerByIdentity(namespace: "email", value: "${person.email}") { id } }`,
    );
    expect(byIdentity).toEqual({ shop: null, mail: null });
  });

  it('also where one vendor fails twice and another is down for an hour', async () => {
    const { id } = await somebody();
    await facet.fault('zendesk', { status: 503 });
    await facet.fault('posthog', { status: 500 });
    await erase(id);
    // Well again before it is asked a third time, two seconds later.
    await erasureWhere(id, ({ pending }) =>
      pending.some(({ source, failures }) => source === 'analytics' && failures === 2),
    );
    await facet.fault('posthog', {});
    const waiting = await erasureWhere(
      id,
      ({ receipts, pending }) => receipts.length === 4 && (pending[0]?.failures ?? 0) > 0,
    );
    expect(waiting.pending).toEqual([
      { source: 'support', failures: expect.any(Number), lastFailure: expect.stringMatching(/^UPSTREAM_/) },
    ]);
    facet.advance(3_600_000);
    await facet.fault('zendesk', {});
    const erasure = await erasureWhere(id, ({ completedAt }) => completedAt !== null);
    expect(erasure.receipts).toHaveLength(5);
    const metrics = JSON.stringify((await facet.fetch('/metrics')).body);
    for (const name of ['facet_erasures_open', 'facet_erasures_overdue', 'facet_erasure_next_due_seconds']) {
      expect(metrics).toContain(name);
    }
  });

  it('and no address, name or number of theirs is in a file of Facet’s, or in its log', async () => {
    const { id, person } = await somebody();
    const contact = facet.population.hubspot.contacts.find(({ id: each }) => each === person.hubspotIds[0]);
    const canaries = ['email', 'phone', 'address', 'lastname'].flatMap((name) => {
      const value = contact?.properties[name];
      return value && value.length > 7 ? [value] : [];
    });
    expect(canaries.length).toBeGreaterThan(0);
    await erase(id);
    await erasureWhere(id, ({ completedAt }) => completedAt !== null);
    const files = readdirSync(facet.dataDir, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !path.relative(facet.dataDir, file.parentPath).startsWith('simulator'))
      .map((file) => path.join(file.parentPath, file.name));
    expect(files.length).toBeGreaterThan(3);
    const found = files.flatMap((file) => canaries.filter((canary) => readFileSync(file).includes(canary)));
    expect(found).toEqual([]);
    expect(canaries.filter((canary) => facet.logged().includes(canary))).toEqual([]);
  });
});
