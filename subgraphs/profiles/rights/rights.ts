/**
 * A data subject's rights as commands: access, rectification, restriction, erasure. Each checks who asks, changes in one commit, and
 * leaves its audit entry in it. Objection is a consent event (`recordConsent` OBJECT). Must not know GraphQL.
 */
import { facetError } from '../../../schema/errors';
import { decide } from '../../../schema/policy';
import type { Principal } from '../../../schema/request-policy';
import { createAttempts } from '../attempts';
import { auditOf, byPrincipal } from '../audit/entry';
import type { AuditEntry } from '../audit/entry';
import { putChanged } from '../change';
import { openDraft } from '../draft';
import type { Draft } from '../draft';
import type { Erasures } from '../erase/erasures';
import type { IdentityRegistry } from '../identity';
import { OWN_SOURCE } from '../own-record';
import { rectifiedPlace } from '../rectified-record';
import type { ErasureTask } from '../store/erasure';
import type { Profile, ProfileStore } from '../store/store';
import { subjectStateOf } from '../subject';
import { allAddressKeysOf } from '../suppression';
import { checkEntitled } from './entitled';
import { exportDocument } from './export';
import { rectify } from './rectify';
import type { Correction } from './rectify';
import type { RectifiableField } from './rectifiable';

/** Errors, from every command: ROLE_NOT_ENTITLED, CUSTOMER_UNKNOWN (erased ones included), CONFLICT, STORE_UNAVAILABLE. */
export interface Rights {
  exportCustomer(principal: Principal, customerId: string): Promise<{ profile: Profile; document: string; at: number }>;
  /** Errors: BAD_USER_INPUT. */
  rectifyCustomer(principal: Principal, customerId: string, corrections: readonly Correction[]): Promise<Profile>;
  restrictCustomer(principal: Principal, customerId: string, restricted: boolean): Promise<Profile>;
  eraseCustomer(principal: Principal, customerId: string): Promise<Erasure>;
  /** null where nobody asked for erasure. */
  findErasure(principal: Principal, customerId: string): Promise<Erasure | null>;
  /** PEM: what receipts are checked with. */
  readonly publicKey: string;
}

export interface Erasure {
  readonly profile: Profile;
  readonly tasks: readonly ErasureTask[];
}

export function createRights(options: {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly rectifiable: ReadonlyMap<string, RectifiableField>;
  readonly erasures: Pick<Erasures, 'begin' | 'find'>;
  readonly publicKey: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): Rights {
  const { store, registry, rectifiable, erasures, publicKey, now } = options;
  const places = [...options.sources, ...options.sources.map(rectifiedPlace), OWN_SOURCE];
  const attempts = createAttempts('change a customer');

  async function findLiving(customerId: string): Promise<Profile> {
    const [profile] = await store.findProfiles([customerId]);
    if (!profile) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
    if (profile.status === 'ERASED') throw facetError('CUSTOMER_UNKNOWN', 'The customer was erased.');
    return profile;
  }

  const entryOf = (principal: Principal, action: string, id: string, details?: AuditEntry['details']): AuditEntry => ({
    kind: 'RIGHTS',
    at: now(),
    ...byPrincipal(principal),
    purpose: 'DATA_SUBJECT_RIGHTS',
    action,
    subjects: [id],
    ...(details === undefined ? {} : { details }),
  });

  /** Reads, changes the draft, and writes it with its audit entry; again when others were faster. */
  const change = (
    customerId: string,
    apply: (draft: Draft, profile: Profile) => { readonly profile: Profile; readonly entry: AuditEntry },
  ): Promise<Profile> =>
    attempts(async () => {
      const { id } = await findLiving(customerId);
      const draft = await openDraft(store, { identities: [], customerIds: [id], sources: places });
      const before = draft.profile(id);
      if (before === undefined) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
      const { profile, entry } = apply(draft, before);
      const { outcome } = await store.commit({ ...draft.toCommit(), audit: auditOf(entry) });
      return { outcome, value: profile };
    });

  return {
    publicKey,
    async exportCustomer(principal, customerId) {
      checkEntitled(principal, customerId);
      const profile = await findLiving(customerId);
      const [records, [ledger = []], suppressions] = await Promise.all([
        store.findRecords(places.map((source) => ({ customerId: profile.id, source }))),
        store.findConsentEvents([profile.id]),
        store.findSuppressions(allAddressKeysOf(profile)),
      ]);
      const at = now();
      const state = subjectStateOf(profile, at);
      const document = exportDocument({
        profile,
        records: records.filter((record) => record !== null),
        ledger,
        suppressions: suppressions.flat(),
        isClear: (category) =>
          decide(principal, 'DATA_SUBJECT_RIGHTS', profile.id, state, category).verdict === 'CLEAR',
        now: at,
      });
      // Before the document leaves: nobody reads a whole person unseen.
      await store.commit({ audit: auditOf(entryOf(principal, 'exportCustomer', profile.id)) });
      return { profile, document, at };
    },
    async rectifyCustomer(principal, customerId, corrections) {
      checkEntitled(principal, customerId);
      return change(customerId, (draft, profile) => ({
        profile: rectify(draft, profile, corrections, rectifiable, registry, now()),
        // Names of fields, never values.
        entry: entryOf(principal, 'rectifyCustomer', profile.id, {
          fields: corrections.map(({ path }) => path).join(' '),
        }),
      }));
    },
    async restrictCustomer(principal, customerId, restricted) {
      checkEntitled(principal, customerId);
      const status = restricted ? 'RESTRICTED' : 'ACTIVE';
      const current = await findLiving(customerId);
      if (current.status === status) return current;
      return change(customerId, (draft, profile) => ({
        // The consent version, too: it is part of every cache key, and the decision is another one now.
        profile: putChanged(
          draft,
          { ...profile, status, consentVersion: profile.consentVersion + 1 },
          [],
          false,
          now(),
        ),
        entry: entryOf(principal, 'restrictCustomer', profile.id, { restricted }),
      }));
    },
    async eraseCustomer(principal, customerId) {
      checkEntitled(principal, customerId);
      const profile = await erasures.begin(principal, customerId);
      return { profile, tasks: await erasures.find(profile.id) };
    },
    async findErasure(principal, customerId) {
      checkEntitled(principal, customerId);
      const [profile] = await store.findProfiles([customerId]);
      if (!profile) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
      const tasks = await erasures.find(profile.id);
      return tasks.length === 0 ? null : { profile, tasks };
    },
  };
}
