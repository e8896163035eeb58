/**
 * The shape every simulated vendor has, so that the server, the controls and the fault set need not know which vendor
 * they serve. A new vendor is one file that returns a `VendorService`, its name here, and one line in simulator.ts.
 * It must not know node:http: a request is text in, a reply is text out.
 */

/** The vendors simulated. */
export type Vendor = 'hubspot' | 'shopify' | 'posthog' | 'zendesk';

export const VENDORS: readonly Vendor[] = ['hubspot', 'shopify', 'posthog', 'zendesk'];

/** One call as it reached the vendor. Shape: `path` without the query string; header names lower-case; `body` raw text. */
export interface VendorRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: string;
}

/** One answer as it leaves the vendor. Shape: `body` is serialised as JSON. */
export interface VendorReply {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/**
 * What a control `PATCH` came to. Shape: `changed` are property names, `previous` their values before; `updatedAt` ISO-8601
 * as the vendor prints it; `id` that of a record which the change made.
 */
export type PatchOutcome =
  | { kind: 'changed'; id?: string; changed: string[]; previous: Record<string, unknown>; updatedAt: string }
  | { kind: 'unknown' }
  | { kind: 'invalid'; message: string };

/** What a control `DELETE` came to. */
export type RemoveOutcome = { kind: 'removed' } | { kind: 'unknown' } | { kind: 'invalid'; message: string };

/** A record changed in the vendor's own words, with the moment it happened. Units: `atMs` epoch milliseconds. */
export interface RecordChange {
  vendor: Vendor;
  id: string;
  properties: Record<string, unknown>;
  /** Gone altogether; `properties` are empty then. */
  removed?: true;
  atMs: number;
}

/** What a webhook is to tell. Shape: `event` in the vendor's own words, undefined for what the vendor sends of a change. */
export interface WebhookOccasion {
  id: string;
  event?: string | undefined;
  /** Names of the properties that changed, and what they were before. */
  changed: string[];
  previous: Record<string, unknown>;
  atMs: number;
}

/** One request to a webhook target, repeated until it is accepted. */
export interface WebhookMessage {
  /** What the vendor calls its content: a topic, an event type. */
  event: string;
  /** By what a receiver tells a repeat from news. */
  id: string;
  /** The signed request of one attempt. Units: `attempt` 0 is the first; `atMs` the moment of sending. */
  compose(options: { url: string; attempt: number; atMs: number }): { headers: Record<string, string>; body: string };
}

/** How a vendor sends webhooks. */
export interface VendorWebhooks {
  /** The events that `deliver` can be asked for. */
  events: readonly string[];
  /** The properties that count as changed when `deliver` is asked for neither an event nor properties. */
  usual: readonly string[];
  /** What the vendor tells of a record that is gone; null: nothing. */
  removal: string | null;
  /** The messages about an occasion, signed when they are sent; undefined when the vendor has no such record. */
  messages(occasion: WebhookOccasion): WebhookMessage[] | undefined;
  /** How long the vendor waits for an answer, and before each repeat. */
  timeoutMs: number;
  waitsMs: readonly number[];
  /** Whether the vendor tries again; `status` is null when there was no answer in time. */
  repeats(answer: { status: number | null; retryAfterSeconds: number | null }): boolean;
  /** Statuses whose `Retry-After` takes the place of the vendor's own wait. */
  honoursRetryAfter: readonly number[];
  /** Whether a message that was never accepted ends the subscription. */
  endsWhenExhausted: boolean;
}

/** One simulated vendor. */
export interface VendorService {
  vendor: Vendor;
  /** Answers one call as the vendor would. Errors: never rejects for bad input; those are vendor-shaped replies. */
  handle(request: VendorRequest): Promise<VendorReply>;
  /** The record ids a call asks for, as it wrote them; empty when it asks by search or page. */
  askedIds(request: VendorRequest): string[];
  /** The vendor's answer to a call over the limit, for the `throttle` fault. */
  throttled(request: VendorRequest): VendorReply;
  /** The vendor's answer when it fails with `status`, for the `failRate` fault. */
  failed(status: number): VendorReply;
  /** Changes one record in memory and bumps its modification time; the caller makes it durable. */
  patch(options: { id: string; properties: Record<string, unknown>; atMs: number }): PatchOutcome;
  /** Removes one record from memory, as somebody does at the vendor who may; the caller makes it durable. */
  remove(options: { id: string; atMs: number }): RemoveOutcome;
  webhooks: VendorWebhooks;
}
