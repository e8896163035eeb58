/**
 * Shopify's one GraphQL endpoint: credentials, version, limit by points, and what its errors mean. Must not know customers.
 *
 * Source: shopify.dev, client credentials grant; API limits (cost, throttle status); GraphQL errors come with status 200.
 */
import { z } from 'zod';
import type { UpstreamCall } from '../source';
import type { Refusal, Throttle, UpstreamResponse } from '../upstream/call';
import { createUpstream } from '../upstream/pipeline';
import { bucketLimit } from '../upstream/rate-limit';
import { throttleOfStatus } from '../upstream/retry';
import { upstreamUrl } from '../upstream/settings';
import { queryPoints } from './commerce.cost';

export const shopifySettings = z.object({
  SHOPIFY_URL: upstreamUrl,
  SHOPIFY_API_VERSION: z
    .string()
    .regex(/^\d{4}-\d{2}$/)
    .default('2026-07'),
  /**
   * An app of the shop's own organisation. Scopes: read_customers, read_orders, read_all_orders (older than 60 days), and
   * write_customer_data_erasure. */
  SHOPIFY_CLIENT_ID: z.string().min(1),
  SHOPIFY_CLIENT_SECRET: z.string().min(1),
});
export type ShopifySettings = z.infer<typeof shopifySettings>;

export interface ShopifyQuery<T> {
  /** In words, for error messages. */
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly answer: z.ZodType<T>;
}

export interface ShopifyApi {
  /** Errors: UPSTREAM_UNAVAILABLE, _TIMEOUT, _THROTTLED, _UNAUTHENTICATED, _INVALID. */
  query<T>(query: ShopifyQuery<T>, bounds: UpstreamCall): Promise<T>;
  close(): Promise<void>;
}

export function createShopifyApi(settings: ShopifySettings, now: () => number): ShopifyApi {
  const upstream = createUpstream({
    vendor: 'Shopify',
    baseUrl: settings.SHOPIFY_URL,
    auth: {
      kind: 'client_credentials',
      tokenPath: '/admin/oauth/access_token',
      clientId: settings.SHOPIFY_CLIENT_ID,
      clientSecret: settings.SHOPIFY_CLIENT_SECRET,
      tokenHeader: 'x-shopify-access-token',
    },
    rateLimit: bucketLimit(({ body }) => costOf(body)?.throttleStatus ?? null),
    throttleOf,
    refusalOf,
    now,
  });
  // What Shopify last said a document costs is nearer the truth than our bound, and keeps fewer calls waiting.
  const told = new Map<string, number>();

  return {
    async query<T>({ name, query, variables, answer }: ShopifyQuery<T>, bounds: UpstreamCall): Promise<T> {
      const bound = queryPoints(query, variables);
      const { data, extensions } = await upstream.request({
        ...bounds,
        name,
        method: 'POST',
        path: `/admin/api/${settings.SHOPIFY_API_VERSION}/graphql.json`,
        body: { query, variables },
        effect: 'read',
        cost: Math.min(bound, told.get(`${name} ${bound}`) ?? bound),
        schema: z.object({ data: answer, extensions: z.unknown().optional() }),
      });
      const points = costOf({ extensions })?.requestedQueryCost ?? null;
      if (points !== null) told.set(`${name} ${bound}`, points);
      return data;
    },
    close: () => upstream.close(),
  };
}

const costBody = z.object({
  extensions: z.object({
    cost: z.object({
      requestedQueryCost: z.number(),
      throttleStatus: z.object({
        maximumAvailable: z.number(),
        currentlyAvailable: z.number(),
        restoreRate: z.number(),
      }),
    }),
  }),
});

const costOf = (body: unknown) => costBody.safeParse(body).data?.extensions.cost ?? null;

const errorsBody = z.object({
  errors: z.array(z.object({ extensions: z.object({ code: z.string().optional() }).nullish() })).min(1),
});

const codesOf = (body: unknown): string[] | null =>
  errorsBody.safeParse(body).data?.errors.map(({ extensions }) => extensions?.code ?? '') ?? null;

/** Throttled by points, told with status 200: until the missing points are restored. */
export function throttleOf(response: UpstreamResponse, at: number): Throttle | null {
  if (codesOf(response.body)?.includes('THROTTLED') !== true) return throttleOfStatus(response, at);
  const cost = costOf(response.body);
  if (cost === null || cost.throttleStatus.restoreRate <= 0) return { waitMs: 1_000 };
  const missing = cost.requestedQueryCost - cost.throttleStatus.currentlyAvailable;
  return { waitMs: Math.max(0, Math.ceil((missing / cost.throttleStatus.restoreRate) * 1_000)) };
}

/** Any other entry in `errors[]`; data beside it is not used, since parts of it may be missing. */
export function refusalOf({ body }: UpstreamResponse): Refusal | null {
  const codes = codesOf(body);
  if (codes === null) return null;
  if (codes.includes('MAX_COST_EXCEEDED')) {
    return {
      code: 'UPSTREAM_INVALID',
      reason: 'expected a query within the cost limit, got one above',
      retryable: false,
    };
  }
  if (codes.includes('ACCESS_DENIED')) {
    return { code: 'UPSTREAM_UNAUTHENTICATED', reason: 'expected data, got access denied', retryable: false };
  }
  const passing = codes.includes('INTERNAL_SERVER_ERROR') || codes.includes('TIMEOUT');
  return { code: 'UPSTREAM_UNAVAILABLE', reason: 'expected data, got errors', retryable: passing };
}
