/**
 * ProfileStore: the port through which profiles keeps what it knows. Two adapters (embedded, MongoDB) answer one contract suite.
 * Must not name an engine, know GraphQL, or decide who may read what.
 *
 * Reads come in batches and keep the order of what was asked. Everything a caller changes goes through `commit`: one
 * atomic, durable step that holds records, identities, consent events and change entries together.
 */
import type {
  ConsentState,
  DataCategory,
  Jurisdiction,
  Purpose,
  SubjectState,
  Suppression,
} from '../../../schema/policy';
import type { AuditRecord, AuditRoot } from './audit';
import type { Change, PlacedChange } from './change';
import type { ErasureTask, Tombstone } from './erasure';

/** This customer's id in one source. */
export interface SourceKey {
  /** Name of the source, which is the name of its subgraph: `crm`. */
  readonly source: string;
  readonly key: string;
}

/** The state of consent to one purpose and topic, derived from the ledger; `topic: null` stands for every topic. */
export interface ConsentRecord {
  readonly purpose: Purpose;
  readonly topic: string | null;
  readonly state: ConsentState;
  readonly notice: { readonly id: string; readonly version: string } | null;
  /** Unix time in milliseconds of the event that made the state. */
  readonly since: number;
  /** Unix time in milliseconds; after it a GRANTED record counts as EXPIRED. */
  readonly expiresAt: number | null;
}

/** Facts of one source. Personal data only in forms that give nothing away: a country, a date of coming of age, keyed hashes. */
export interface ProfileFacts {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** ISO date on which the person turns 18, whatever age the policy asks for; null when the birth date is unknown. */
  readonly adultFrom: string | null;
  /** Keyed hash of the normalised name. */
  readonly nameKey: string | null;
  /** Keyed hashes of the e-mail addresses it tells, vouched for or not: what the suppression list is asked for. Absent: told before there was one. */
  readonly addressKeys?: readonly string[];
  readonly suppressions: readonly Suppression[];
  /** Of `addressKeys`, those whose hard bounce the source told and the suppression list took in: once, so that what is lifted stays lifted. */
  readonly bounced?: readonly string[];
}

export interface Profile {
  /** ULID. */
  readonly id: string;
  readonly status: SubjectState['status'];
  /** Set when this customer turned out to be another one: reads by this id answer the survivor. */
  readonly mergedInto?: string;
  /** Rises by one with every commit that changes the customer. */
  readonly version: number;
  /** Rises with every consent event; part of every cache key. */
  readonly consentVersion: number;
  readonly sourceKeys: readonly SourceKey[];
  /** Derived from the ledger, rebuilt whenever an event is added. */
  readonly consents: readonly ConsentRecord[];
  /** Derived from the ledger: the address was given in a sale, and nothing ended that since. */
  readonly softOptIn: boolean;
  /** What each source tells of the person, as far as a decision or the joining of records needs it. */
  readonly facts: Readonly<Record<string, ProfileFacts>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What one source said of one customer: one blob per category, so that each is opened only when it may be seen. */
export interface StoredRecord {
  readonly customerId: string;
  readonly source: string;
  /** The record's id at the source; empty for what profiles itself derives. */
  readonly sourceId: string;
  /** False: the source was asked and knows no such record. */
  readonly found: boolean;
  /** Orders records of one source: Unix time in milliseconds of the source's own last change. */
  readonly sourceVersion: number;
  /** Unix time in milliseconds when the source answered this. */
  readonly fetchedAt: number;
  /** Version of the blobs' shape. */
  readonly schemaVersion: number;
  readonly blobs: Readonly<Partial<Record<DataCategory, Uint8Array>>>;
}

export const CONSENT_ACTIONS = ['GRANT', 'CONFIRM', 'REFUSE', 'WITHDRAW', 'EXPIRE', 'OBJECT'] as const;
export type ConsentAction = (typeof CONSENT_ACTIONS)[number];

/** What a consent is about. Facet mails: what was said of another channel is kept as proof, and moves no e-mail. */
export const CONSENT_CHANNELS = ['EMAIL', 'SMS', 'PHONE', 'POST', 'PUSH'] as const;
export type ConsentChannel = (typeof CONSENT_CHANNELS)[number];

/** One entry of the append-only consent ledger (ISO/IEC TS 27560; W3C DPV ConsentRecord). `customerId` is its subject. */
export interface ConsentEvent {
  /** Unique and, for imported events, derived from their content: the same event is never recorded twice. */
  readonly recordId: string;
  readonly customerId: string;
  /** Order of the ledger, from 1, per customer. Says nothing about which event counts: that is `occurredAt`. */
  readonly seq: number;
  readonly purpose: Purpose;
  /** null: every channel. */
  readonly channel: ConsentChannel | null;
  /** null: every topic. */
  readonly topic: string | null;
  readonly action: ConsentAction;
  /** SOFT_OPT_IN is no consent: it only says that the address was given in a sale. */
  readonly basis: 'CONSENT' | 'SOFT_OPT_IN';
  /** The grant still waits for its CONFIRM (double opt-in). */
  readonly pending: boolean;
  /** What the person was shown; `sha256` of its text in hexadecimal, null when it is not known. */
  readonly notice: { readonly id: string; readonly version: string; readonly sha256: string | null } | null;
  /** How it was expressed: `web_form`, `phone` … */
  readonly method: string;
  /** Whose law it was recorded under; null when the source does not say. */
  readonly jurisdiction: Jurisdiction | null;
  /** BCP 47: in which language the person was asked. */
  readonly language: string | null;
  /** Where it can be shown: the id of a form, a recording, the hash of a confirmation link. Never an address. */
  readonly proof: string | null;
  readonly occurredAt: number;
  readonly recordedAt: number;
  readonly expiresAt: number | null;
  /** Who recorded it: a source's name or a principal's id. */
  readonly actor: string;
  /** `hash` of the event before it in this customer's ledger; null for the first. */
  readonly prevHash: string | null;
  /** SHA-256 over everything else of the event, hexadecimal (ledger-chain.ts). */
  readonly hash: string;
}

/** An event that is to be appended: its place in the ledger is given by the store. */
export type NewConsentEvent = Omit<ConsentEvent, 'seq' | 'prevHash' | 'hash'>;

/** One reason why nobody mails an address. Knows no customer: it outlasts merge and erasure. */
export interface SuppressionEntry {
  /** The keyed hash under which the identity index knows the address. */
  readonly addressKey: string;
  readonly reason: Suppression;
  /** Unix time in milliseconds. */
  readonly occurredAt: number;
  readonly recordedAt: number;
  /** Who recorded it: a principal's id, or `link` for the link in a mail. */
  readonly actor: string;
}

/** An identity as the index knows it: an address only by its keyed hash, a source's id as it is. */
export interface IdentityKey {
  readonly namespace: string;
  readonly key: string;
}

export interface IdentityLink extends IdentityKey {
  readonly customerId: string;
}

/** Where a sync stands. `position` is the source's own cursor; null when it is complete. */
export interface Checkpoint {
  readonly name: string;
  readonly position: string | null;
  readonly complete: boolean;
  /** Unix time in milliseconds at which the run began: what changed since is asked for next time. */
  readonly startedAt: number;
  /** What the run asks for: null everything, else what changed since. Units: Unix time in milliseconds. */
  readonly changedSince: number | null;
  /** Records taken in so far. */
  readonly count: number;
}

/** What a verified webhook said, until it is applied and 30 days beyond: which record changed, never its content. */
export interface InboxEntry {
  readonly source: string;
  /** The vendor's id of the event: the same event is taken in once. */
  readonly eventId: string;
  /** The record's id in the source's own namespace. */
  readonly key: string;
  /** Unix time in milliseconds. */
  readonly receivedAt: number;
}

/** One atomic step. Lists that are absent are empty. */
export interface Commit {
  /**
   * Optimistic concurrency: the versions this commit was computed from. 0: the customer must not exist yet.
   * When one differs nothing is written and the commit answers CONFLICT; the caller reads again.
   */
  readonly expect?: ReadonlyArray<{ readonly customerId: string; readonly version: number }>;
  /** The customers each identity was linked to when the commit was computed; compared as sets. */
  readonly expectIdentities?: ReadonlyArray<IdentityKey & { readonly customerIds: readonly string[] }>;
  readonly profiles?: readonly Profile[];
  readonly records?: readonly StoredRecord[];
  readonly removeRecords?: ReadonlyArray<{ readonly customerId: string; readonly source: string }>;
  readonly link?: readonly IdentityLink[];
  readonly unlink?: readonly IdentityLink[];
  /** Customers of whom every identity in the index is taken, whatever is known of them; before anything is linked. */
  readonly unlinkAll?: readonly string[];
  /** Appended; `seq`, `prevHash` and `hash` are given by the store. An event whose recordId the customer already has is left out. */
  readonly consentEvents?: readonly NewConsentEvent[];
  /** Added to the suppression list; where an address has the reason already, its first entry stays. */
  readonly suppress?: readonly SuppressionEntry[];
  /** Taken off the list, before anything is added. */
  readonly unsuppress?: ReadonlyArray<Pick<SuppressionEntry, 'addressKey' | 'reason'>>;
  readonly changes?: readonly Change[];
  readonly checkpoints?: readonly Checkpoint[];
  /** Taken into the inbox, those left out whose event it knows already. */
  readonly received?: readonly InboxEntry[];
  /** Inbox entries this commit applies: they are pending no more, and still known, though not by their key. */
  readonly applied?: ReadonlyArray<Pick<InboxEntry, 'source' | 'eventId'>>;
  /** Applied inbox entries received before this moment are forgotten. Units: Unix time in milliseconds. */
  readonly forgetInboxBefore?: number;
  /** One per customer and source; what is stored of the two is replaced. */
  readonly erasureTasks?: readonly ErasureTask[];
  /** By key; before any is added. */
  readonly removeTombstones?: readonly string[];
  readonly tombstones?: readonly Tombstone[];
  /** Appended to their chains in this order; place and hash are given by the store. */
  readonly audit?: ReadonlyArray<Pick<AuditRecord, 'chainId' | 'text'>>;
  readonly auditRoots?: readonly AuditRoot[];
}

export type CommitResult = { readonly outcome: 'COMMITTED' } | { readonly outcome: 'CONFLICT' };

/** The part of the store that sources see: reading what is stored, never writing. */
export interface SourceRecords {
  /** One read for all; null where nothing is stored. */
  findRecords(
    keys: ReadonlyArray<{ readonly customerId: string; readonly source: string }>,
  ): Promise<Array<StoredRecord | null>>;
}

/** Errors, from every method: STORE_UNAVAILABLE, STORE_CORRUPT; of writes also STORE_FULL, STORE_READ_ONLY; on opening also STORE_OLDER_SCHEMA, STORE_NEWER_SCHEMA. */
export interface ProfileStore extends SourceRecords {
  /** Follows `mergedInto`: the profile answered may carry another id than the one asked. */
  findProfiles(ids: readonly string[]): Promise<Array<Profile | null>>;
  /** The customers linked to each identity, in ascending order of id. */
  findCustomerIds(identities: readonly IdentityKey[]): Promise<string[][]>;
  /** Profiles in ascending order of id, merged ones left out. `after` is exclusive. */
  listProfiles(page: { readonly after?: string; readonly limit: number }): Promise<Profile[]>;
  /** The whole ledger of each customer, in order of `seq`. */
  findConsentEvents(customerIds: readonly string[]): Promise<ConsentEvent[][]>;
  /** The entries of each address, in order of `reason`; none for an address that is not on the list. */
  findSuppressions(addressKeys: readonly string[]): Promise<SuppressionEntry[][]>;
  /** The entries of each address on the list, by `limit` addresses in ascending order of key. `after`, an address's key, is exclusive. */
  listSuppressions(page: { readonly after?: string; readonly limit: number }): Promise<SuppressionEntry[][]>;
  /** Changes after a cursor, in commit order; null: from the oldest that is kept. Errors: BAD_USER_INPUT for a cursor never given, CHANGES_LOST. */
  findChanges(page: { readonly after: string | null; readonly limit: number }): Promise<PlacedChange[]>;
  /** The place behind the last change: who follows from there hears of every later one, and of none before. */
  findLastCursor(): Promise<string>;
  /** The change a cursor stands for; null when it is no longer kept. Errors: BAD_USER_INPUT for a cursor never given. */
  findChange(cursor: string): Promise<PlacedChange | null>;
  /**
   * Changes after a cursor, or from now on, as they are committed, by whichever process the engine tells of. Ends when the signal aborts.
   * null: what lies before is lost, and the changes from this moment on follow; who is told of it reads anew what matters.
   *
   * Errors: BAD_USER_INPUT for a cursor never given.
   */
  followChanges(options: { readonly after?: string; readonly signal: AbortSignal }): AsyncIterable<PlacedChange | null>;
  findCheckpoint(name: string): Promise<Checkpoint | null>;
  /** Inbox entries of a source that no commit has applied, oldest first. */
  findPending(source: string, limit: number): Promise<InboxEntry[]>;
  /** Every source's part of a customer's erasure, in order of source; none when there is no erasure. */
  findErasure(customerId: string): Promise<ErasureTask[]>;
  /** Tasks without a receipt, of one source or of all, in order of `nextAttemptAt`. */
  findOpenErasures(page: { readonly source?: string; readonly limit: number }): Promise<ErasureTask[]>;
  findTombstones(keys: readonly string[]): Promise<Array<Tombstone | null>>;
  /** The last entry of each chain, in order of chain. */
  findAuditHeads(): Promise<AuditRecord[]>;
  /** One chain after a place (exclusive), upwards; `before` (exclusive) in its stead: downwards. */
  findAudit(page: {
    readonly chainId: string;
    readonly after?: number;
    readonly before?: number;
    readonly limit: number;
  }): Promise<AuditRecord[]>;
  /** The signed roots of a chain, in order of `seq`. */
  findAuditRoots(chainId: string): Promise<AuditRoot[]>;
  /** Destroys customers' data keys: what was sealed with them opens for nobody any more. Absent where nothing is sealed. */
  destroyKeys?(customerIds: readonly string[]): Promise<void>;
  /** Resolves when the step is durable. */
  commit(commit: Commit): Promise<CommitResult>;
  close(): Promise<void>;
}
