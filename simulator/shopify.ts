/**
 * Shopify: the token endpoint and the Admin GraphQL API of one shop. Reads as the life of a call: version ▸ token ▸
 * document ▸ cost ▸ execution ▸ refund. Queries and the request to erase a customer; everything else is refused in Shopify's shape.
 * Source: vendors.md §2; error texts not given there from memory.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { execute, GraphQLError } from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import type { Credentials } from './credentials';
import type { Population } from './population';
import { createLeakyBucket } from './rate-limit';
import { actualCost, MAX_QUERY_COST, requestedCost } from './shopify/cost';
import { createDocumentReader, idsIn, SCHEMA, type ReadDocument } from './shopify/documents';
import { createRoot } from './shopify/root';
import { API_VERSIONS } from './shopify/sdl';
import type { SearchContext } from './shopify/searches';
import { createShopStore } from './shopify/shop-store';
import { createTokens } from './shopify/tokens';
import { createShopifyWebhooks } from './shopify/webhook';
import type { VendorReply, VendorService } from './vendor';

const TOKEN_PATH = '/admin/oauth/access_token';
const GRAPHQL_PATH = /^\/admin\/api\/([^/]+)\/graphql\.json$/;
/** The bucket holds this many seconds of restoring. Source: captures of 2000 at 100/s and 20000 at 1000/s. */
const BUCKET_SECONDS = 20;
const LIMITS_URL = 'https://shopify.dev/api/usage/rate-limits';

const BAD_TOKEN = '[API] Invalid API key or access token (unrecognized login or wrong password)';

type Valid = Extract<ReadDocument, { kind: 'valid' }>;

/** Creates the simulated shop. Units: `now` epoch milliseconds; `restorePerSecond` points. */
export function createShopify(options: {
  population: Population;
  credentials: Credentials;
  now: () => number;
  restorePerSecond: number;
}): VendorService {
  const { population, credentials, now, restorePerSecond } = options;
  const store = createShopStore({ customers: population.shopify.customers });
  const tokens = createTokens({ credentials: credentials.shopify, now });
  const bucket = createLeakyBucket({ capacity: restorePerSecond * BUCKET_SECONDS, restorePerSecond, now });
  const rootValue = createRoot({ store });
  const read = createDocumentReader();

  const reply = (status: number, body: unknown, headers: Record<string, string> = {}): VendorReply => ({
    status,
    headers: { 'X-Request-Id': randomUUID(), ...headers },
    body,
  });
  const costReport = (requestedQueryCost: number, actualQueryCost: number | null, available = bucket.available()) => ({
    requestedQueryCost,
    actualQueryCost,
    throttleStatus: {
      maximumAvailable: bucket.capacity,
      currentlyAvailable: Math.floor(available),
      restoreRate: bucket.restorePerSecond,
    },
  });
  const throttled = (requested: number, available?: number): VendorReply =>
    reply(200, {
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: LIMITS_URL } }],
      extensions: { cost: costReport(requested, null, available) },
    });
  const tooDear = (cost: number): VendorReply =>
    reply(200, {
      errors: [
        {
          message: `Query cost is ${cost}, which exceeds the single query max cost limit (${MAX_QUERY_COST}).`,
          extensions: { code: 'MAX_COST_EXCEEDED', cost, maxCost: MAX_QUERY_COST, documentation: LIMITS_URL },
        },
      ],
    });
  const wrong = (errors: readonly GraphQLError[]): VendorReply => reply(200, { errors: errors.map((e) => e.toJSON()) });

  /** The document with its variables coerced, and what it will cost. Errors: throws GraphQLError on wrong variables. */
  const price = ({ document, operation, variables }: Valid) => {
    const given = getVariableValues(SCHEMA, operation.variableDefinitions ?? [], variables);
    if (!given.coerced) throw given.errors[0]!;
    const question = { schema: SCHEMA, document, operation, variables: given.coerced };
    return { question, requested: requestedCost(question) };
  };

  const run = async (valid: Valid, version: string): Promise<VendorReply> => {
    const { question, requested } = price(valid);
    if (requested > MAX_QUERY_COST) return tooDear(requested);
    if (!bucket.take(requested)) return throttled(requested);
    const context: SearchContext = { search: [] };
    const { document, operation } = valid;
    const result = await execute({
      schema: SCHEMA,
      document,
      operationName: operation.name?.value,
      rootValue,
      contextValue: context,
      variableValues: valid.variables,
    });
    const actual = Math.min(requested, actualCost({ ...question, data: result.data }));
    bucket.refund(requested - actual);
    const extensions = {
      cost: costReport(requested, actual),
      ...(context.search.length > 0 && { search: context.search }),
    };
    return reply(200, { ...result, extensions }, { 'X-Shopify-API-Version': version });
  };

  return {
    vendor: 'shopify',
    handle: async (request) => {
      if (request.path === TOKEN_PATH && request.method === 'POST') return tokens.issue(request);
      const version = GRAPHQL_PATH.exec(request.path)?.[1];
      if (version === undefined || !API_VERSIONS.includes(version) || request.method !== 'POST') {
        return reply(404, { errors: 'Not Found' });
      }
      if (!tokens.accepts(request.headers['x-shopify-access-token'])) {
        return reply(401, { errors: BAD_TOKEN });
      }
      const document = read(request);
      if (document.kind === 'unreadable') {
        return reply(400, { errors: { query: 'Required parameter missing or invalid' } });
      }
      if (document.kind === 'wrong') return wrong(document.errors);
      try {
        return await run(document, version);
      } catch (error) {
        if (error instanceof GraphQLError) return wrong([error]);
        throw error;
      }
    },
    askedIds: (request) => (GRAPHQL_PATH.test(request.path) ? idsIn(read(request)) : []),
    throttled: (request) => {
      // The token endpoint has no points; being told to slow down there is plain HTTP.
      if (!GRAPHQL_PATH.test(request.path))
        return reply(429, { errors: 'Too Many Requests' }, { 'Retry-After': '2.0' });
      return throttled(requestedOrNothing(read(request), price), 0);
    },
    failed: (status) => reply(status, { errors: status === 401 ? BAD_TOKEN : (STATUS_CODES[status] ?? 'Error') }),
    patch: (change) => store.patch(change),
    remove: (record) => store.remove(record),
    webhooks: createShopifyWebhooks({ store, secret: credentials.shopify.webhookSecret }),
  };
}

/** A call that the throttle fault refuses may be too wrong to have a price. */
function requestedOrNothing(document: ReadDocument, price: (valid: Valid) => { requested: number }): number {
  try {
    return document.kind === 'valid' ? price(document).requested : 0;
  } catch {
    return 0;
  }
}
