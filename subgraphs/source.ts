/**
 * What a source is: the words in which a folder under subgraphs/ says what it contributes to Customer, how its records are
 * fetched, and what they tell beyond its own fields. Types only; `source.subgraph.ts` makes a subgraph of it.
 */
import type { NonEmptyArray } from 'type-graphql';
import type { VariablesSchema } from '../schema/environment';
import type { ErrorCode } from '../schema/errors';
import type { DataCategory, Purpose, Suppression } from '../schema/policy';
import type { KeptFrom } from '../schema/retention-table';
import type { AuditEntry } from './profiles/audit/entry';
import type { Checkpoint, ConsentAction, InboxEntry } from './profiles/store/store';

/**
 * A part of Customer, per category: `{ NAME: { contact: { firstName } }, CONTACT: { contact: { email } } }`. Each category is
 * stored as a blob of its own, and opened only when that category may be seen.
 */
export type Categories = Partial<Record<DataCategory, Record<string, unknown>>>;

export interface MappedIdentity {
  /** Registered namespace: `hubspot.contact`, `email` … */
  readonly namespace: string;
  /** Normalised: e-mail trimmed and lower-case, phone E.164, ids as the source writes them. */
  readonly value: string;
  /** The source vouches that the identity belongs to this person (a verified address, an explicit cross-id). */
  readonly verified: boolean;
}

/** Consent a source already holds; enters the ledger as an event with the source as its actor. */
export interface MappedConsent {
  readonly purpose: Purpose;
  readonly topic: string | null;
  readonly action: ConsentAction;
  readonly basis: 'CONSENT' | 'SOFT_OPT_IN';
  /** Double opt-in asked for and not confirmed yet. */
  readonly pending: boolean;
  readonly notice: { readonly id: string; readonly version: string } | null;
  readonly method: string;
  /** Unix time in milliseconds. */
  readonly occurredAt: number;
  readonly expiresAt: number | null;
}

/** What a person does that shows engagement; what each is worth says profiles/engagement.ts. */
export type ActivityType =
  | 'pageview'
  | 'session'
  | 'product_view'
  | 'add_to_cart'
  | 'order'
  | 'email_click'
  | 'form_submit'
  | 'ticket_opened'
  | 'satisfaction_good'
  | 'satisfaction_bad';

export interface Activity {
  readonly type: ActivityType;
  /** ISO date in UTC. */
  readonly day: string;
  readonly count: number;
}

/** What a record tells profiles, beside the source's own fields. */
export interface MappedFacts {
  /** Family and given name as written, to tell two people with one address apart; null when unknown. */
  readonly name: string | null;
  /** ISO 3166-1 alpha-2; null when unknown. */
  readonly country: string | null;
  /** ISO date. */
  readonly birthDate: string | null;
  readonly suppressions: readonly Suppression[];
  /** The shop's word on what was earned: Σ of orders (current total − refunds), neither cancelled nor test; null elsewhere. */
  readonly historicValue: { readonly amountMinor: number; readonly currency: string } | null;
  /** One entry per type and day. Absent: this call does not tell, and what was told before stands. */
  readonly activities?: readonly Activity[];
}

/** One vendor record in our terms: validated, normalised, nothing of the vendor's shape left. */
export interface MappedRecord {
  /** The record's id in the source's own namespace. */
  readonly sourceId: string;
  /** Unix time in milliseconds of the source's last change: an older record never overwrites a newer one. */
  readonly sourceVersion: number;
  readonly categories: Categories;
  /** The record's own id first. */
  readonly identities: readonly MappedIdentity[];
  readonly consents: readonly MappedConsent[];
  readonly facts: MappedFacts;
}

/** Bounds of one conversation with an upstream. */
export interface UpstreamCall {
  /** Unix time in milliseconds after which the answer is of no use. */
  readonly deadlineAt: number;
  readonly signal?: AbortSignal;
}

/** Errors, from every method: UPSTREAM_UNAVAILABLE, _TIMEOUT, _THROTTLED, _UNAUTHENTICATED, _INVALID. */
export interface SourceClient {
  /** The most keys one upstream call takes. */
  readonly batchLimit: number;
  /**
   * Fetches at most `batchLimit` records in ONE call to each endpoint that tells of them. Keys the source does not know are
   * absent from the map.
   * `changedSince`: the oldest age of what is stored, for parts that a source only lists by change (carts); null: nothing stored.
   */
  fetchMany(
    keys: readonly string[],
    call: UpstreamCall & { readonly changedSince: number | null },
  ): Promise<Map<string, MappedRecord>>;
  /**
   * Fetches the records that webhooks named, at most `batchLimit` and complete, in as many calls as that takes. Absent: what
   * `fetchMany` brings is what a webhook may tell of.
   */
  fetchChanged?(keys: readonly string[], call: UpstreamCall): Promise<Map<string, MappedRecord>>;
  /** Fetches one page of the whole source, or of what changed since; `position` null starts, `next` null ends. Complete records. */
  fetchPage(
    position: string | null,
    call: UpstreamCall & { readonly changedSince: number | null },
  ): Promise<{ readonly records: readonly MappedRecord[]; readonly invalid: number; readonly next: string | null }>;
  /**
   * Erases the records of one person at the vendor, with all that hangs on them. Asked again after a failure, also one half way:
   * what is gone already counts as erased. Absent: the vendor offers no way, and the erasure stays open.
   */
  erase?(keys: readonly string[], call: UpstreamCall): Promise<ErasureOutcome>;
  /** How many records the source holds, for a progress bar; null when it does not say. */
  count(call: UpstreamCall): Promise<number | null>;
  close(): Promise<void>;
}

/** What came of asking a source to erase: gone, or what stays there, on what ground and until when. */
export type ErasureOutcome =
  | { readonly outcome: 'ERASED' }
  | {
      readonly outcome: 'RETAINED';
      /** Words fit for the data subject, without personal data. */
      readonly basis: string;
      /** Unix time in milliseconds; null: the source does not say. */
      readonly until: number | null;
    };

/** One customer's records at a source, to be erased there. */
export interface PendingErasure {
  readonly customerId: string;
  readonly keys: readonly string[];
}

export interface ClientDependencies {
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export interface WebhookRequest {
  readonly method: string;
  /** The URL as the vendor called it, host included: some sign it. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Uint8Array;
}

/** What a verified request says. `key: null`: an event about no record of ours, accepted and left at that. */
export interface WebhookEvent {
  readonly eventId: string;
  readonly key: string | null;
}

/** `status`: what this vendor expects to be told; events only where it is 2xx. */
export type WebhookVerdict =
  | { readonly status: 200; readonly events: readonly WebhookEvent[] }
  | { readonly status: 400 | 401 | 413; readonly events?: undefined };

/** Pure but for the clock: verifies and reads one request. Never throws. */
export type ReadWebhook = (request: WebhookRequest) => WebhookVerdict;
export type CreateWebhook<Settings> = (settings: Settings, dependencies: { readonly now: () => number }) => ReadWebhook;

/** A source of Customer fields: one folder, one entry in `sources.ts`. */
export interface Source<Settings = unknown> {
  /** Name of the subgraph, and of the source in source keys, freshness and metrics. */
  readonly name: string;
  /** The namespace of its record ids; a customer has at most one id in it unless `multiValued`. */
  readonly namespace: string;
  /** One person may have several ids in the namespace, as in several browsers: then several are no conflict. */
  readonly multiValued?: boolean;
  /** Environment variables it reads, parsed once at start; keys are the variables' names. */
  readonly settings: VariablesSchema<Settings>;
  readonly entities: NonEmptyArray<abstract new (...args: never[]) => unknown>;
  readonly resolvers: NonEmptyArray<new () => object>;
  createClient(settings: Settings, dependencies: ClientDependencies): SourceClient;
  /** Reads the vendor's webhooks; absent where a source has none. */
  createWebhook?: CreateWebhook<Settings>;
  /** Joins what one batch call brings with what is stored, where a batch call does not bring everything. Pure. */
  merge?(stored: Categories, fresh: Categories): Categories;
  /**
   * Leaves out what is past its category's time, by the dates within. Absent where nothing has one: then a category counts from when the
   * record was fetched. Pure; what is left is left as it is.
   */
  retain?(categories: Categories, keptFrom: KeptFrom): Categories;
}

/** What a source hands to profiles: the only way in which anything of a source is written. */
export interface IngestBatch {
  readonly source: string;
  readonly records: readonly MappedRecord[];
  /** The records are what a batch call brings: the source's `merge` joins them with what is stored when they are written. */
  readonly partial?: boolean;
  /** Record ids that the source no longer knows. */
  readonly absent?: readonly string[];
  /** Unix time in milliseconds at which the source was asked. */
  readonly fetchedAt: number;
  /** Where the sync stands once this batch is in; stored when all of it is. */
  readonly checkpoint?: Checkpoint;
  /** Inbox entries that this batch settles, once all of it is in. */
  readonly applied?: ReadonlyArray<Pick<InboxEntry, 'source' | 'eventId'>>;
}

export interface IngestResult {
  /** Customer id of each record, in order; empty for one that was not taken in: of a person who was erased, or that could not be stored. */
  readonly customerIds: readonly string[];
  /** Whether each record told something a decision rests on: consent, country, age, suppression, who the person is. */
  readonly bearsOnDecision: readonly boolean[];
  /** Links that were refused because they would join two people (two ids of a single-valued namespace). */
  readonly conflicts: number;
  /** Why records were left out that could not be stored while others could, one for each. */
  readonly failures: readonly ErrorCode[];
}

/** Errors: STORE_UNAVAILABLE; CONFLICT when others kept changing the same customers; what is wrong with every record of a batch. */
export type Ingest = (batch: IngestBatch) => Promise<IngestResult>;

export type ErasureResult = { readonly source: string; readonly customerId: string } & (
  { readonly outcome: ErasureOutcome } | { readonly failure: ErrorCode }
);

/** The door of profiles as a source sees it. Errors, from every method: STORE_UNAVAILABLE. */
export interface ProfilesDoor {
  readonly ingest: Ingest;
  findCheckpoint(name: string): Promise<Checkpoint | null>;
  /** Takes verified webhook events in; resolves when they are durable. Events known already are left out. */
  receive(entries: readonly InboxEntry[]): Promise<void>;
  findPending(source: string, limit: number): Promise<InboxEntry[]>;
  /** What is to be erased at a source now. */
  findErasures(source: string, limit: number): Promise<PendingErasure[]>;
  /** Hands in what came of one; a failure's code puts it off. */
  settleErasure(result: ErasureResult): Promise<void>;
  /** Hands in who read what of whom here. */
  recordReads(entries: readonly AuditEntry[]): Promise<void>;
}
