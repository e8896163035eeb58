/**
 * Recording, requesting, confirming and withdrawing consent: a word becomes a ledger event, and the state that follows is answered.
 * Must not decide what a state permits. Who may do this is checked here, since no field's category speaks for a mutation.
 */
import { ulid } from 'ulid';
import { facetError } from '../../schema/errors';
import type { Purpose, Role } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import { consentStateAt, findConsent, foldConsents, findWaiting, PROOF_BY_TOKEN, waitsForToken } from './consent';
import { checkLanguage, checkWords, digestOf, noticeOf, timesOf } from './consent.words';
import type { NoticeShown } from './consent.words';
import { createLedger } from './ledger';
import type { Appended } from './ledger';
import type { LinkTokens } from './link-token';
import { NO_NOTICES } from './notices';
import type { Notices } from './notices';
import type {
  ConsentAction,
  ConsentChannel,
  ConsentRecord,
  NewConsentEvent,
  Profile,
  ProfileStore,
} from './store/store';
import { jurisdictionOf } from './subject';

/** What a person expressed, as a client tells it. */
export interface ConsentWord {
  readonly customerId: string;
  readonly purpose: Purpose;
  readonly channel?: ConsentChannel | null | undefined;
  readonly topic?: string | null | undefined;
  readonly notice?: NoticeShown | null | undefined;
  readonly method: string;
  readonly language?: string | null | undefined;
  readonly proof?: string | null | undefined;
  /** ISO 8601; now when absent. */
  readonly occurredAt?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
  /** The same key for the same customer records the event once. */
  readonly idempotencyKey?: string | null | undefined;
}

export interface ConsentCommand extends ConsentWord {
  readonly action: ConsentAction;
  /** CONFIRM of what `request` asked for: the token it gave. */
  readonly token?: string | null | undefined;
}

export interface ConsentChange {
  readonly customerId: string;
  readonly recordId: string;
  readonly consent: ConsentRecord;
  /** The customer's consent version after the event. */
  readonly version: number;
}

/** Errors, from every method: CUSTOMER_UNKNOWN, CONSENT_INVALID, CONFLICT, STORE_UNAVAILABLE. */
export interface ConsentCommands {
  /** Errors: ROLE_NOT_ENTITLED, TOKEN_UNKNOWN. */
  record(principal: Principal, command: ConsentCommand): Promise<ConsentChange>;
  /** Asks for a double opt-in: PENDING until the token comes back. Errors: ROLE_NOT_ENTITLED. */
  request(principal: Principal, word: ConsentWord): Promise<ConsentChange & { readonly token: string }>;
  /** The link in the confirmation mail. Errors: TOKEN_UNKNOWN. */
  confirm(token: string): Promise<ConsentChange>;
}

const MAY_RECORD: readonly Role[] = ['DATA_SUBJECT', 'PRIVACY_OFFICER', 'SUPPORT_AGENT'];
/** How long a double opt-in waits: who comes later has forgotten what it was about. */
const CONFIRMATION_DAYS = 30;
const DAY_MS = 86_400_000;

export interface ConsentCommandsOptions {
  readonly store: ProfileStore;
  readonly links: LinkTokens;
  readonly notices?: Notices | undefined;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export function createConsentCommands({
  store,
  links,
  notices = NO_NOTICES,
  now,
}: ConsentCommandsOptions): ConsentCommands {
  const append = createLedger({ store, now });
  const answer = (appended: Appended) => changeOf(appended, notices, now());

  const eventOf = (principal: Principal, word: ConsentWord, recordId: string, profile: Profile): NewConsentEvent => ({
    recordId,
    customerId: profile.id,
    purpose: word.purpose,
    channel: word.channel ?? null,
    topic: word.topic ?? null,
    action: 'GRANT',
    basis: 'CONSENT',
    pending: false,
    notice: noticeOf(word.notice, notices),
    method: word.method,
    jurisdiction: jurisdictionOf(profile),
    language: word.language ?? null,
    proof: word.proof ?? null,
    ...timesOf(word, now()),
    recordedAt: now(),
    actor: principal.id,
  });

  /** Of the id that was sent: a client that repeats a call sends the same one, also when it was merged meanwhile. */
  const recordIdOf = ({ customerId, idempotencyKey }: ConsentWord) =>
    idempotencyKey ? digestOf(customerId, idempotencyKey) : ulid(now());

  const check = (principal: Principal, word: ConsentWord) => {
    checkPrincipal(principal, word.customerId);
    const { method, topic, proof, idempotencyKey } = word;
    checkWords({ method, topic, proof, idempotencyKey });
    checkLanguage(word.language);
    noticeOf(word.notice, notices);
    timesOf(word, now());
  };

  const confirm = async (token: string): Promise<ConsentChange> => {
    const asked = links.readConfirmation(token);
    const recordId = digestOf(asked.recordId, 'CONFIRM');
    const confirmationOf = (ledger: readonly NewConsentEvent[], profile: Profile): NewConsentEvent => {
      const recorded = ledger.find((event) => event.recordId === recordId);
      if (recorded !== undefined) return recorded;
      const grant = ledger.find((event) => event.recordId === asked.recordId);
      const waits = grant && findWaiting(ledger, grant)?.recordId === grant.recordId;
      if (!grant || !waits || grant.recordedAt + CONFIRMATION_DAYS * DAY_MS < now()) {
        throw facetError('CONSENT_INVALID', 'Nothing waits for this confirmation any more.');
      }
      return {
        ...grant,
        ...{ recordId, customerId: profile.id, action: 'CONFIRM', pending: false, method: 'double_opt_in' },
        ...{ jurisdiction: jurisdictionOf(profile), actor: 'link' },
        ...{ occurredAt: Math.max(now(), grant.occurredAt + 1), recordedAt: now() },
      };
    };
    return answer(await append(asked.customerId, confirmationOf, { endsUnsubscribe: true }));
  };

  return {
    async record(principal, command) {
      check(principal, command);
      if (command.action === 'CONFIRM' && command.token) {
        if (links.readConfirmation(command.token).customerId === command.customerId) return confirm(command.token);
        throw facetError('TOKEN_UNKNOWN', 'Expected the token that was given for this customer.');
      }
      const recordId = recordIdOf(command);
      const make = (ledger: readonly NewConsentEvent[], profile: Profile): NewConsentEvent => {
        const event = { ...eventOf(principal, command, recordId, profile), action: command.action };
        checkSame(ledger, event);
        checkConfirmation(ledger, event);
        return event;
      };
      return answer(await append(command.customerId, make, { endsUnsubscribe: true }));
    },

    async request(principal, word) {
      check(principal, word);
      const recordId = recordIdOf(word);
      const token = links.confirmation(word.customerId, recordId);
      const make = (ledger: readonly NewConsentEvent[], profile: Profile): NewConsentEvent => {
        const event = { ...eventOf(principal, word, recordId, profile), pending: true, proof: proofOf(token) };
        checkSame(ledger, event);
        return event;
      };
      return { ...answer(await append(word.customerId, make, { endsUnsubscribe: false })), token };
    },

    confirm,
  };
}

/** Errors: CONSENT_INVALID: a key that stands for another event is a mistake that must not swallow a withdrawal. */
function checkSame(ledger: readonly NewConsentEvent[], event: NewConsentEvent): void {
  const recorded = ledger.find(({ recordId }) => recordId === event.recordId);
  if (recorded === undefined) return;
  const names = ['action', 'pending', 'purpose', 'channel', 'topic', 'method'] as const;
  if (names.some((name) => recorded[name] !== event[name])) {
    throw facetError('CONSENT_INVALID', 'This idempotencyKey was used for another consent event.');
  }
}

/**
 * Whoever may record could else skip the mailbox, which is what a double opt-in is to prove. Without a topic, a word that confirms speaks
 * of every topic that waits. Errors: CONSENT_INVALID.
 */
export function checkConfirmation(ledger: readonly NewConsentEvent[], event: NewConsentEvent): void {
  if (event.action !== 'CONFIRM') return;
  const { purpose, channel, proof } = event;
  if (proof?.startsWith(PROOF_BY_TOKEN)) {
    throw facetError('CONSENT_INVALID', `Expected "proof" not to begin with ${PROOF_BY_TOKEN} as that of a link does.`);
  }
  const topics = event.topic === null ? ledger.map(({ topic }) => topic) : [event.topic];
  const waiting = topics.map((topic) => findWaiting(ledger, { purpose, channel, topic }));
  if (waiting.some((grant) => grant !== null && waitsForToken(grant))) {
    throw facetError('CONSENT_INVALID', 'Expected "token": this consent waits for the one that was sent.');
  }
}

function proofOf(token: string): string {
  return `${PROOF_BY_TOKEN}${digestOf(token)}`;
}

function checkPrincipal({ role, customerId }: Principal, subjectId: string): void {
  if (!MAY_RECORD.includes(role) || (role === 'DATA_SUBJECT' && customerId !== subjectId)) {
    throw facetError(
      'ROLE_NOT_ENTITLED',
      'Consent is recorded by the data subject on the own id, a privacy officer or a support agent.',
    );
  }
}

/** Where consent stands on the channel that the event is about. */
function changeOf({ profile, ledger, event }: Appended, notices: Notices, now: number): ConsentChange {
  const { purpose, topic, channel, recordId } = event;
  const { consents } = foldConsents(ledger, channel);
  const state = consentStateAt(consents, purpose, topic, now, notices);
  const record = findConsent(consents, purpose, topic);
  const consent = { purpose, topic, notice: null, since: 0, expiresAt: null, ...record, state };
  return { customerId: profile.id, recordId, consent, version: profile.consentVersion };
}
