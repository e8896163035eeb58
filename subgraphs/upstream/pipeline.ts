/**
 * The one way to call somebody else's API; reads as the life of a call:
 *
 *     deadline ▸ rate limit ▸ credentials ▸ circuit ▸ send ▸ judge ▸ (retry: back to the rate limit) ▸ parse
 *
 * Must not know any vendor: what differs between them comes in as policies. Nothing is logged here, and no error that leaves
 * holds a body, a URL or a secret.
 */
import {
  NOT_JSON,
  type Throttle,
  type Upstream,
  type UpstreamOptions,
  type UpstreamRequest,
  type UpstreamResponse,
} from './call';
import { createCircuit } from '../../schema/circuit';
import { createCredentials } from './credentials';
import { openBounds, sleepFor, type Bounds } from './deadline';
import { describeShape, failureOfException, failureOfStatus, isOutage, upstreamError, type Failure } from './error-map';
import { retryAfterMs, throttleOfStatus, waitBeforeRetry } from './retry';
import { createTransport, MAX_RESPONSE_BYTES } from './transport';

type Call = UpstreamRequest<unknown>;
type Outcome = { readonly kind: 'answer'; readonly body: unknown } | ({ readonly kind: 'failure' } & Failure);

export function createUpstream(options: UpstreamOptions): Upstream {
  const { vendor, auth, rateLimit, now, random = Math.random, sleep = sleepFor } = options;
  const { throttleOf = throttleOfStatus, refusalOf = () => null } = options;
  const { baseUrl, connections = 16, maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  const transport = createTransport({ baseUrl, connections, maxResponseBytes });
  const credentials = createCredentials({ vendor, auth, transport, now });
  const circuit = createCircuit({ now });
  const closing = new AbortController();

  async function request<T>(call: UpstreamRequest<T>): Promise<T> {
    const bounds = openBounds(call, closing.signal, now);
    try {
      // A wait that the vendor asked for is better than our estimate, and takes its place.
      for (let attempt = 1, told = false; ; attempt += 1) {
        const estimateMs = rateLimit.reserve(rated(call), now());
        if (!told) await passRateLimit(call, estimateMs, bounds);
        const outcome = await sendWithCredentials(call, bounds);
        if (outcome.kind === 'answer') return parse(call, outcome.body);
        const waitMs = waitBeforeRetry({ failure: outcome, effect: call.effect, attempt, random });
        if (waitMs === null || !bounds.fits(waitMs)) throw outcome.error;
        await pause(call, waitMs, bounds);
        told = outcome.waitMs !== null;
      }
    } finally {
      bounds.release();
    }
  }

  /** Waits when that fits the deadline; otherwise the caller learns at once that there is no use. */
  async function passRateLimit(call: Call, waitMs: number, bounds: Bounds): Promise<void> {
    if (waitMs === 0) return;
    if (!bounds.fits(waitMs)) {
      throw failed(call, 'UPSTREAM_THROTTLED', 'expected room in the rate limit, there is none before the deadline');
    }
    await pause(call, waitMs, bounds);
  }

  /** A refused token is renewed once; a second refusal is the vendor's answer. */
  async function sendWithCredentials(call: Call, bounds: Bounds): Promise<Outcome> {
    for (let renewed = false; ; renewed = true) {
      const headers = await withinBounds(call, bounds, credentials.headers());
      const response = await send(call, headers, bounds);
      if ('kind' in response) return response;
      if (response.status === 401 && !renewed && credentials.renew(headers)) continue;
      return judge(call, response);
    }
  }

  /** Sends once, if the circuit lets it, and tells circuit and rate limit how it went. */
  async function send(
    call: Call,
    headers: Readonly<Record<string, string>>,
    bounds: Bounds,
  ): Promise<UpstreamResponse | Outcome> {
    const settle = circuit.admit();
    if (settle === null) throw failed(call, 'UPSTREAM_UNAVAILABLE', 'not asked, since it failed too often just now');
    const body = call.body === undefined ? undefined : ({ kind: 'json', value: call.body } as const);
    try {
      const { method, path } = call;
      const response = await transport.exchange({ method, path, headers, body }, bounds.signal);
      settle(isOutage(response.status) ? 'failure' : 'success');
      rateLimit.observe(response, rated(call), now());
      return response;
    } catch (exception) {
      // An upstream that hangs until the deadline is down as well; a caller who went away says nothing about it.
      const ending = bounds.ending();
      settle(ending === null || ending === 'deadline' ? 'failure' : 'unknown');
      if (ending !== null) throw ended(call, bounds);
      return { kind: 'failure', ...failureOfException(exception, { vendor, name: call.name }) };
    }
  }

  /** Is it an answer? Throttled ▸ status ▸ refusal inside a good status ▸ JSON. */
  function judge(call: Call, response: UpstreamResponse): Outcome {
    const throttle: Throttle | null = throttleOf(response, now());
    if (throttle !== null) {
      const error = failed(call, 'UPSTREAM_THROTTLED', 'expected an answer, got throttled');
      return { kind: 'failure', error, repeat: 'untaken', waitMs: throttle.waitMs };
    }
    if (response.status === 404 && call.answersAbsence === true) return { kind: 'answer', body: null };
    const waitMs = retryAfterMs(response.headers, now());
    const failure = failureOfStatus(response.status, { vendor, name: call.name }, waitMs);
    if (failure !== null) return { kind: 'failure', ...failure };
    if (response.body === NOT_JSON) {
      const error = failed(call, 'UPSTREAM_INVALID', 'expected JSON, got something else');
      return { kind: 'failure', error, repeat: 'never', waitMs: null };
    }
    const refusal = refusalOf(response);
    if (refusal === null) return { kind: 'answer', body: response.body };
    const error = failed(call, refusal.code, refusal.reason);
    return { kind: 'failure', error, repeat: refusal.retryable ? 'again' : 'never', waitMs: null };
  }

  function parse<T>(call: UpstreamRequest<T>, body: unknown): T {
    const parsed = call.schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw failed(
      call,
      'UPSTREAM_INVALID',
      `expected the documented shape, got another at ${describeShape(parsed.error)}`,
    );
  }

  async function pause(call: Call, ms: number, bounds: Bounds): Promise<void> {
    await withinBounds(call, bounds, sleep(ms, bounds.signal));
  }

  async function withinBounds<T>(call: Call, bounds: Bounds, promise: Promise<T>): Promise<T> {
    try {
      return await bounds.race(promise);
    } catch (error) {
      throw bounds.ending() === null ? error : ended(call, bounds);
    }
  }

  function ended(call: Call, bounds: Bounds): Error {
    if (bounds.ending() === 'closed') return failed(call, 'UPSTREAM_UNAVAILABLE', 'not asked, since we are stopping');
    const what =
      bounds.ending() === 'caller' ? 'given up by the caller' : 'expected an answer before the deadline, got none';
    return failed(call, 'UPSTREAM_TIMEOUT', what);
  }

  function failed(call: Call, code: Parameters<typeof upstreamError>[0], what: string) {
    return upstreamError(code, { vendor, name: call.name }, what);
  }

  return {
    request,
    async close() {
      closing.abort();
      await transport.close();
    },
  };
}

const rated = (call: Call) => ({ cost: call.cost ?? 1, lane: call.lane ?? null });
