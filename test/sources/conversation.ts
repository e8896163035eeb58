// How the tests of this folder talk to clients and to the simulator's controls.
import { z } from 'zod';
import type { Simulator, Vendor } from '../../simulator/simulator';
import type { MappedRecord, SourceClient } from '../../subgraphs/source';

/** Bounds that no test reaches. */
export const soon = () => ({ deadlineAt: Date.now() + 15_000 });

export async function readAllPages(client: SourceClient, changedSince: number | null) {
  const records: MappedRecord[] = [];
  let invalid = 0;
  let pages = 0;
  for (let position: string | null = null; pages === 0 || position !== null;) {
    const page: Awaited<ReturnType<SourceClient['fetchPage']>> = await client.fetchPage(position, {
      ...soon(),
      changedSince,
    });
    records.push(...page.records);
    invalid += page.invalid;
    pages += 1;
    position = page.next;
  }
  return { records, invalid, pages };
}

export async function control(simulator: Simulator, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${simulator.urls.hubspot}/__simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`expected the simulator to ${method} ${path}, got ${response.status}`);
  return response.status === 204 ? null : response.json();
}

const journal = z.array(z.object({ method: z.string(), path: z.string() }));

/** What a vendor was asked since the journal was cleared: `GET /path`. */
export async function asked(simulator: Simulator, vendor: Vendor): Promise<string[]> {
  const calls = journal.parse(await control(simulator, 'GET', `requests?vendor=${vendor}`));
  return calls.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
}
