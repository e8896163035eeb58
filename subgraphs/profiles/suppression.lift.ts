/**
 * Taking somebody off the suppression list, and letting somebody erased in again: acts of a privacy officer alone, each for a ground and
 * in the audit trail. Must not end an unsubscribe, which the person's own consent does (ledger.ts), and no source comes through here.
 */
import { facetError } from '../../schema/errors';
import type { Suppression } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import { createAttempts } from './attempts';
import { auditOf, byPrincipal } from './audit/entry';
import { putChanged, touchOthers } from './change';
import { openDraft } from './draft';
import type { IdentityRegistry } from './identity';
import { checkOfficer } from './rights/entitled';
import type { ProfileStore } from './store/store';
import { emailIdentity } from './suppression';
import { withoutTold } from './told-suppressions';

export const LIFT_GROUNDS = ['RECORDED_BY_MISTAKE', 'ADDRESS_WORKS', 'SUBJECT_ASKED'] as const;

/** On what ground, and where it can be looked up. */
export interface Ground {
  readonly ground: (typeof LIFT_GROUNDS)[number];
  /** A ticket's or letter's number. Goes into the audit trail, so it names nobody. */
  readonly reference?: string | null | undefined;
}

export interface LiftCommand extends Ground {
  /** The address; or, in its stead, its key as an export gave it. */
  readonly email?: string | null | undefined;
  readonly addressKey?: string | null | undefined;
  readonly reason: Suppression;
}

/** Errors, from both: ROLE_NOT_ENTITLED, BAD_USER_INPUT, CONFLICT, STORE_UNAVAILABLE. */
export interface SuppressionLifts {
  /** `lifted` false: the address was not on the list for this reason. */
  lift(principal: Principal, command: LiftCommand): Promise<{ readonly addressKey: string; readonly lifted: boolean }>;
  /** Takes away the tombstones of these ids and addresses, and the ERASED of the addresses. Errors: NAMESPACE_UNKNOWN. */
  readmit(
    principal: Principal,
    command: Ground & { readonly identities: ReadonlyArray<{ readonly namespace: string; readonly value: string }> },
  ): Promise<{ readonly tombstones: number; readonly suppressions: number }>;
}

const ADDRESS_KEY = /^v\d+:[\w-]{43}$/;
const ADDRESS = /^[^\s@]+@[^\s@]+$/;
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$/;
const MAX_IDENTITIES = 20;
const FOR_OFFICERS = 'Suppressions are lifted, and erased people let in again, by privacy officers.';

export function createSuppressionLifts(options: {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): SuppressionLifts {
  const { store, registry, now } = options;
  const attempts = createAttempts('lift a suppression');

  const entryOf = (
    principal: Principal,
    { ground, reference = null }: Ground,
    action: string,
    subjects: readonly string[],
    details: Readonly<Record<string, string | number>>,
  ) =>
    auditOf({
      ...{ kind: 'ADMINISTRATION', at: now(), ...byPrincipal(principal), purpose: null, action, subjects },
      details: { ...details, ground, reference },
    });

  const lift = (principal: Principal, addressKey: string, command: LiftCommand): Promise<boolean> =>
    attempts(async () => {
      const { reason } = command;
      const identity = emailIdentity(addressKey);
      const draft = await openDraft(store, { identities: [identity], sources: [] });
      const subjects = draft.linked(identity);
      const [entries = []] = await store.findSuppressions([addressKey]);
      let isThere = entries.some((entry) => entry.reason === reason);
      const profiles = subjects.flatMap((id) => draft.profile(id) ?? []);
      for (const profile of profiles) {
        const changed = withoutTold(profile, addressKey, reason);
        if (changed !== profile) isThere = true;
        putChanged(draft, changed, ['consents'], true, now());
      }
      if (!isThere) return { outcome: 'COMMITTED', value: false };
      const audit = entryOf(principal, command, 'liftSuppression', subjects, { reason });
      const { outcome } = await store.commit({ ...draft.toCommit(), unsuppress: [{ addressKey, reason }], audit });
      return { outcome, value: true };
    });

  return {
    async lift(principal, command) {
      checkOfficer(principal, FOR_OFFICERS);
      checkReference(command);
      checkLiftable(command.reason);
      const addressKey = keyOf(command, registry);
      return { addressKey, lifted: await lift(principal, addressKey, command) };
    },
    async readmit(principal, command) {
      checkOfficer(principal, FOR_OFFICERS);
      checkReference(command);
      const { identities } = command;
      if (identities.length === 0 || identities.length > MAX_IDENTITIES) {
        throw facetError('BAD_USER_INPUT', `Expected 1 to ${MAX_IDENTITIES} identities, got ${identities.length}.`);
      }
      if (command.ground === 'ADDRESS_WORKS') {
        throw facetError(
          'BAD_USER_INPUT',
          'Expected the ground SUBJECT_ASKED or RECORDED_BY_MISTAKE: nobody is let in for an address.',
        );
      }
      const tombstoneKeys = [...new Set(identities.map(registry.tombstoneKeyOf))];
      const addresses = identities.filter(({ namespace }) => namespace === 'email').map(registry.keyOf);
      return attempts(async () => {
        const draft = await openDraft(store, { identities: addresses, sources: [] });
        const [tombstones, listed] = await Promise.all([
          store.findTombstones(tombstoneKeys),
          store.findSuppressions(addresses.map(({ key }) => key)),
        ]);
        const removed = tombstones.flatMap((tombstone) => (tombstone === null ? [] : [tombstone.key]));
        const unsuppress = listed.flat().filter(({ reason }) => reason === 'ERASED');
        const value = { tombstones: removed.length, suppressions: unsuppress.length };
        if (value.tombstones + value.suppressions === 0) return { outcome: 'COMMITTED', value };
        const subjects = addresses.flatMap(draft.linked);
        touchOthers(draft, subjects, null, now());
        const namespaces = [...new Set(identities.map(({ namespace }) => namespace))].toSorted().join(' ');
        const audit = entryOf(principal, command, 'readmitErased', subjects, { namespaces, ...value });
        const { outcome } = await store.commit({ ...draft.toCommit(), unsuppress, removeTombstones: removed, audit });
        return { outcome, value };
      });
    },
  };
}

function checkReference({ reference }: Ground): void {
  if (reference === null || reference === undefined || REFERENCE.test(reference)) return;
  throw facetError(
    'BAD_USER_INPUT',
    'Expected "reference" to be 1 to 60 letters, digits or . _ / -, such as a ticket’s number.',
  );
}

function checkLiftable(reason: Suppression): void {
  if (reason === 'UNSUBSCRIBED') {
    throw facetError(
      'BAD_USER_INPUT',
      'Expected COMPLAINT or HARD_BOUNCE: an unsubscribe ends with the person’s own consent to every topic.',
    );
  }
  if (reason === 'ERASED') {
    throw facetError(
      'BAD_USER_INPUT',
      'Expected COMPLAINT or HARD_BOUNCE: who was erased is let in again by readmitErased.',
    );
  }
}

function keyOf({ email, addressKey }: LiftCommand, registry: IdentityRegistry): string {
  if (addressKey && !email && ADDRESS_KEY.test(addressKey)) return addressKey;
  const value = email?.trim() ?? '';
  if (!addressKey && ADDRESS.test(value)) return registry.keyOf({ namespace: 'email', value }).key;
  throw facetError(
    'BAD_USER_INPUT',
    'Expected "email", an address, or "addressKey", a key of an export, and not both.',
  );
}
