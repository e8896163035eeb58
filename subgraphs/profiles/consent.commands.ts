/**
 * Recording and withdrawing consent: a client's word becomes a ledger event, and the state that follows is answered.
 * Must not decide what a state permits. Who may do this is checked here, since no field's category speaks for a mutation.
 */
import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { facetError } from '../../schema/errors';
import type { Purpose, Role } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import { dateOf, instantOf } from '../normalise';
import { createAttempts } from './attempts';
import { putChanged } from './change';
import { CLOCK_TOLERANCE_MS, consentStateAt, findConsent } from './consent';
import { openDraft } from './draft';
import type { ConsentAction, ConsentEvent, ConsentRecord, ProfileStore } from './store/store';

export interface ConsentCommand {
  readonly customerId: string;
  readonly purpose: Purpose;
  readonly topic?: string | null | undefined;
  readonly action: ConsentAction;
  readonly notice?: { readonly id: string; readonly version: string } | null | undefined;
  readonly method: string;
  /** ISO 8601; now when absent. */
  readonly occurredAt?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
  /** The same key for the same customer records the event once. */
  readonly idempotencyKey?: string | null | undefined;
}

export interface ConsentChange {
  readonly customerId: string;
  readonly recordId: string;
  readonly consent: ConsentRecord;
  /** The customer's consent version after the event. */
  readonly version: number;
}

export interface ConsentCommands {
  /** Errors: ROLE_NOT_ENTITLED, CUSTOMER_UNKNOWN, CONSENT_INVALID, CONFLICT, STORE_UNAVAILABLE. */
  record(principal: Principal, command: ConsentCommand): Promise<ConsentChange>;
}

const MAY_RECORD: readonly Role[] = ['DATA_SUBJECT', 'PRIVACY_OFFICER', 'SUPPORT_AGENT'];

export function createConsentCommands({ store, now }: { store: ProfileStore; now: () => number }): ConsentCommands {
  const attempts = createAttempts('record consent');
  return {
    async record(principal, command) {
      checkPrincipal(principal, command.customerId);
      checkWords(command);
      const occurredAt = parseTime(command.occurredAt, 'occurredAt') ?? now();
      const expiresAt = parseTime(command.expiresAt, 'expiresAt');
      if (occurredAt > now() + CLOCK_TOLERANCE_MS) {
        throw facetError('CONSENT_INVALID', 'Expected "occurredAt" to be in the past, but it lies in the future.');
      }
      if (expiresAt !== null && expiresAt <= occurredAt) {
        throw facetError('CONSENT_INVALID', 'Expected "expiresAt" to be after "occurredAt".');
      }

      // Of the id that was sent: a client that repeats a call sends the same one, also when it was merged meanwhile.
      const recordId = command.idempotencyKey ? digest(command.customerId, command.idempotencyKey) : ulid(now());

      return attempts(async () => {
        const [found] = await store.findProfiles([command.customerId]);
        const draft = await openDraft(store, { identities: [], customerIds: found ? [found.id] : [], sources: [] });
        const profile = found ? draft.profile(found.id) : undefined;
        if (profile === undefined) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
        const customerId = profile.id;
        const recorded = draft.ledger(customerId).find((event) => event.recordId === recordId);
        if (recorded !== undefined) {
          // A key that stands for another event is a mistake that must not swallow a withdrawal.
          if (!isSameEvent(recorded, command)) {
            throw facetError('CONSENT_INVALID', 'This idempotencyKey was used for another consent event.');
          }
          return { outcome: 'COMMITTED', value: changeOf(profile, recordId, command, now()) };
        }
        draft.addEvents([
          {
            recordId,
            customerId,
            purpose: command.purpose,
            topic: command.topic ?? null,
            action: command.action,
            basis: 'CONSENT',
            pending: false,
            notice: command.notice ?? null,
            method: command.method,
            occurredAt,
            recordedAt: now(),
            expiresAt,
            actor: principal.id,
          },
        ]);
        const changed = putChanged(draft, profile, ['consents'], true, now());
        const { outcome } = await store.commit(draft.toCommit());
        return { outcome, value: changeOf(changed, recordId, command, now()) };
      });
    },
  };
}

function isSameEvent(recorded: Omit<ConsentEvent, 'seq'>, command: ConsentCommand): boolean {
  return (
    recorded.action === command.action &&
    recorded.purpose === command.purpose &&
    recorded.topic === (command.topic ?? null) &&
    recorded.method === command.method
  );
}

/** Words of the ledger: short, and never an address, for they are kept for good. */
const WORD = /^[\p{L}\p{N} ._:/-]{1,100}$/u;

/** Errors: CONSENT_INVALID. */
function checkWords({ method, topic, notice, idempotencyKey }: ConsentCommand): void {
  const words = { method, topic, 'notice.id': notice?.id, 'notice.version': notice?.version, idempotencyKey };
  for (const [name, word] of Object.entries(words)) {
    if (word !== null && word !== undefined && !WORD.test(word)) {
      throw facetError('CONSENT_INVALID', `Expected "${name}" to be 1 to 100 letters, digits, spaces or . _ : / -.`);
    }
  }
}

function checkPrincipal({ role, customerId }: Principal, subjectId: string): void {
  if (!MAY_RECORD.includes(role) || (role === 'DATA_SUBJECT' && customerId !== subjectId)) {
    throw facetError(
      'ROLE_NOT_ENTITLED',
      'Consent is recorded by the data subject on the own id, a privacy officer or a support agent.',
    );
  }
}

function changeOf(
  profile: { id: string; consents: readonly ConsentRecord[]; consentVersion: number },
  recordId: string,
  command: ConsentCommand,
  now: number,
): ConsentChange {
  const { purpose } = command;
  const topic = command.topic ?? null;
  const state = consentStateAt(profile.consents, purpose, topic, now);
  const record = findConsent(profile.consents, purpose, topic);
  const consent = { purpose, topic, notice: null, since: 0, expiresAt: null, ...record, state };
  return { customerId: profile.id, recordId, consent, version: profile.consentVersion };
}

function parseTime(text: string | null | undefined, name: string): number | null {
  if (text === null || text === undefined) return null;
  // A day that does not exist would be taken for another, and a time without a zone for this machine's.
  const time = dateOf(text.slice(0, 10)) === null ? null : instantOf(text);
  if (time === null) {
    throw facetError('BAD_USER_INPUT', `Expected "${name}" to be an ISO 8601 date-time with its zone.`);
  }
  return time;
}

function digest(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
