/**
 * Sending webhooks: targets, attempts, repeats, and the list of what was sent. What a message says and how it is signed is
 * the vendor's. The only file that calls out, and only to this machine: another host is refused, a redirect not followed.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Vendor, VendorWebhooks, WebhookMessage, WebhookOccasion } from './vendor';

/** One try. Shape: `status` is null when there was no answer in time; `at` ISO-8601. */
export interface WebhookAttempt {
  at: string;
  status: number | null;
}

/** One message on its way. Shape: `messageId` is what a receiver tells repeats by. No bodies: they are personal data. */
export interface WebhookDelivery {
  id: string;
  vendor: Vendor;
  event: string;
  messageId: string;
  url: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: WebhookAttempt[];
}

export interface Webhooks {
  /** The registered target of a vendor. */
  target(vendor: Vendor): string | null;
  /** Registers or, with null, clears. Errors: throws TypeError on a URL that is not http on this machine. */
  setTarget(vendor: Vendor, url: string | null): void;
  /** Sends what the vendor says of an occasion; nothing without a target. Errors: undefined when the record is unknown. */
  send(vendor: Vendor, occasion: WebhookOccasion): WebhookDelivery[] | undefined;
  /** The same in two steps: composed while the record is there, sent when it is gone. Errors: undefined when it is unknown. */
  prepare(vendor: Vendor, occasion: WebhookOccasion): (() => WebhookDelivery[]) | undefined;
  /** Sends an earlier delivery's message once more, as vendors that promise "at least once" do. Errors: undefined when unknown. */
  repeat(vendor: Vendor, deliveryId: string): WebhookDelivery | undefined;
  /** Oldest first. */
  list(vendor: Vendor): WebhookDelivery[];
  /** Resolves when nothing is under way, repeats included. */
  settled(): Promise<void>;
  /** Ends attempts and waits. */
  close(): Promise<void>;
}

const MAX_KEPT = 1000;
const HOSTS = ['127.0.0.1', 'localhost'];

/** Checks a target. Errors: throws TypeError. */
export function parseWebhookTarget(url: unknown): string {
  const parsed = typeof url === 'string' ? tryParse(url) : null;
  if (parsed?.protocol === 'http:' && HOSTS.includes(parsed.hostname) && !parsed.username && !parsed.password) {
    return url as string;
  }
  throw new TypeError(`url: expected http://127.0.0.1:… or http://localhost:…, but got ${JSON.stringify(url)}`);
}

function tryParse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/**
 * Creates the sender, without targets.
 * Units: `waitFactor` multiplies the vendors' waits, which go up to hours; they are real time, `now` only dates.
 */
export function createWebhooks(options: {
  services: Record<Vendor, { webhooks: VendorWebhooks }>;
  now: () => number;
  waitFactor: number;
}): Webhooks {
  const { services, now, waitFactor } = options;
  const targets = new Map<Vendor, string>();
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  let kept: { delivery: WebhookDelivery; message: WebhookMessage }[] = [];

  const attempt = async (delivery: WebhookDelivery, message: WebhookMessage, url: string): Promise<Outcome> => {
    const { timeoutMs } = services[delivery.vendor].webhooks;
    const atMs = now();
    delivery.url = url;
    const { headers, body } = message.compose({ url, attempt: delivery.attempts.length, atMs });
    const outcome = await post({ url, headers, body, timeoutMs, signal: closing.signal });
    delivery.attempts.push({ at: new Date(atMs).toISOString(), status: outcome.status });
    return outcome;
  };

  const deliver = async (delivery: WebhookDelivery, message: WebhookMessage): Promise<void> => {
    const { waitsMs, repeats, honoursRetryAfter, endsWhenExhausted } = services[delivery.vendor].webhooks;
    for (const waitMs of [...waitsMs, null]) {
      // The target of this moment: whoever moved or left is not written to any more.
      const url = targets.get(delivery.vendor);
      if (url === undefined) break;
      const outcome = await attempt(delivery, message, url);
      if (closing.signal.aborted) return;
      const { status, retryAfterSeconds } = outcome;
      if (status !== null && status >= 200 && status < 300) {
        delivery.state = 'delivered';
        return;
      }
      if (!repeats(outcome) || waitMs === null) break;
      const told = status !== null && honoursRetryAfter.includes(status) ? retryAfterSeconds : null;
      const scaledMs = (told === null ? waitMs : told * 1000) * waitFactor;
      await delay(scaledMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
    }
    delivery.state = 'failed';
    if (endsWhenExhausted && targets.get(delivery.vendor) === delivery.url) targets.delete(delivery.vendor);
  };

  const start = (vendor: Vendor, url: string, message: WebhookMessage): WebhookDelivery => {
    const { event, id: messageId } = message;
    const delivery: WebhookDelivery = {
      ...{ id: randomUUID(), vendor, event, messageId, url },
      ...{ state: 'pending', attempts: [] },
    };
    kept.push({ delivery, message });
    if (kept.length > MAX_KEPT * 1.2) kept = kept.slice(-MAX_KEPT);
    const done = deliver(delivery, message).finally(() => underWay.delete(done));
    underWay.add(done);
    return delivery;
  };

  const prepare: Webhooks['prepare'] = (vendor, occasion) => {
    const messages = services[vendor].webhooks.messages(occasion);
    const url = targets.get(vendor);
    return messages && (() => (url === undefined ? [] : messages.map((message) => start(vendor, url, message))));
  };

  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };

  return {
    target: (vendor) => targets.get(vendor) ?? null,
    setTarget: (vendor, url) => {
      if (url === null) targets.delete(vendor);
      else targets.set(vendor, parseWebhookTarget(url));
    },
    send: (vendor, occasion) => prepare(vendor, occasion)?.(),
    prepare,
    repeat: (vendor, deliveryId) => {
      const earlier = kept.find(({ delivery }) => delivery.vendor === vendor && delivery.id === deliveryId);
      const url = targets.get(vendor);
      return earlier && url !== undefined ? start(vendor, url, earlier.message) : undefined;
    },
    list: (vendor) => kept.flatMap(({ delivery }) => (delivery.vendor === vendor ? [delivery] : [])),
    settled,
    close: async () => {
      closing.abort();
      await settled();
    },
  };
}

interface Outcome {
  status: number | null;
  retryAfterSeconds: number | null;
}

async function post(options: {
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Outcome> {
  const { url, headers, body, timeoutMs, signal } = options;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    const after = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { status: response.status, retryAfterSeconds: Number.isFinite(after) ? after : null };
  } catch {
    return { status: null, retryAfterSeconds: null };
  }
}
