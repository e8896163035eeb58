/** How long a withdrawal takes to show: from the answer that it is recorded to the first read that obeys it. Must not start a Facet. */
import type { MeasuredFacet } from '../facet';
import { quantile } from '../quantile';

export interface Withdrawals {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Reads that were begun after the withdrawal was answered and did not obey it. */
  readonly late: number;
}

const GRANT = `mutation ($id: ID!) { recordConsent(input: {
  customerId: $id, purpose: EMAIL_MARKETING, action: GRANT, notice: { id: "privacy", version: "2026-01" }, method: "bench"
}) { version } }`;
const WITHDRAW =
  'mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }';

/** `ids`: customers who are mailed. Errors: throws when one is not mailed after a grant. */
export async function measureWithdrawals(
  { server: { url }, token, officerToken }: Pick<MeasuredFacet, 'server' | 'token' | 'officerToken'>,
  ids: readonly string[],
  count: number,
): Promise<Withdrawals> {
  const say = async (query: string, id: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${officerToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { id } }),
    });
    const { errors } = (await response.json()) as { errors?: ReadonlyArray<{ readonly message: string }> };
    if (errors?.[0]) throw new Error(`Expected consent to be recorded, but got: ${errors[0].message}`);
  };
  const waits: number[] = [];
  let late = 0;
  for (let n = 0; n < count; n += 1) {
    const id = ids[n % ids.length] ?? '';
    await say(GRANT, id);
    if (!(await isMailed(url, token, id))) throw new Error('Expected a customer who is mailed after a grant.');
    await say(WITHDRAW, id);
    const answeredAt = performance.now();
    while (await isMailed(url, token, id)) late += 1;
    waits.push(performance.now() - answeredAt);
  }
  return { p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99), late };
}

export async function isMailed(url: string, token: string, id: string, template = 'win-back'): Promise<boolean> {
  const response = await fetch(`${url}/v1/templates/${template}/customers/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { send?: boolean }).send === true;
}
