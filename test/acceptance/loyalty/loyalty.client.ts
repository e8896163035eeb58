/** The loyalty programme's API: `GET /members?ids=`, and `GET /members` for all. */
import { z } from 'zod';
import type { ClientDependencies, SourceClient, UpstreamCall } from '../../../subgraphs/source';
import { createUpstream } from '../../../subgraphs/upstream/pipeline';
import { unlimited } from '../../../subgraphs/upstream/rate-limit';
import { mapMember, memberSchema } from './loyalty.mapping';

export const loyaltySettings = z.object({ LOYALTY_URL: z.url(), LOYALTY_TOKEN: z.string().min(1) });
export type LoyaltySettings = z.infer<typeof loyaltySettings>;

export function createLoyaltyClient(settings: LoyaltySettings, { now }: ClientDependencies): SourceClient {
  const upstream = createUpstream({
    vendor: 'Loyalty',
    baseUrl: settings.LOYALTY_URL,
    auth: { kind: 'bearer', token: settings.LOYALTY_TOKEN },
    rateLimit: unlimited,
    now,
  });
  const members = async (path: string, call: UpstreamCall) => {
    const schema = z.array(memberSchema);
    const found = await upstream.request({ ...call, name: 'members', method: 'GET', path, effect: 'read', schema });
    return found.map(mapMember);
  };
  return {
    batchLimit: 50,
    fetchMany: async (keys, call) => {
      const records = await members(`/members?ids=${keys.map(encodeURIComponent).join(',')}`, call);
      return new Map(records.map((record) => [record.sourceId, record]));
    },
    fetchPage: async (_position, call) => ({ records: await members('/members', call), invalid: 0, next: null }),
    count: () => Promise.resolve(null),
    close: () => upstream.close(),
  };
}
