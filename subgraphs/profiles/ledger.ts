/**
 * Appending to one customer's consent ledger: the event, the state folded anew and the change entry in one commit. Must not know where
 * a word comes from, or check who may say it.
 */
import { facetError } from '../../schema/errors';
import { createAttempts } from './attempts';
import { putChanged } from './change';
import { openDraft } from './draft';
import type { NewConsentEvent, Profile, ProfileStore } from './store/store';
import { allAddressKeysOf, unsubscribedAt, withoutUnsubscribe } from './suppression';

export interface Appended {
  /** As it is after the event. */
  readonly profile: Profile;
  readonly event: NewConsentEvent;
  /** With the event. */
  readonly ledger: readonly NewConsentEvent[];
  /** False: an event with this recordId was there, and stays as it was. */
  readonly isNew: boolean;
}

/**
 * `make` sees the ledger as it is and says what is to be appended. `endsUnsubscribe`: the person's own word, not an import's.
 * Errors: CUSTOMER_UNKNOWN, CONFLICT, STORE_UNAVAILABLE; whatever `make` throws.
 */
export type AppendToLedger = (
  customerId: string,
  make: (ledger: readonly NewConsentEvent[], profile: Profile) => NewConsentEvent,
  options: { readonly endsUnsubscribe: boolean },
) => Promise<Appended>;

export function createLedger({ store, now }: { store: ProfileStore; now: () => number }): AppendToLedger {
  const attempts = createAttempts('record consent');
  return (customerId, make, { endsUnsubscribe }) =>
    attempts<Appended>(async () => {
      const [found] = await store.findProfiles([customerId]);
      const draft = await openDraft(store, { identities: [], customerIds: found ? [found.id] : [], sources: [] });
      const profile = found ? draft.profile(found.id) : undefined;
      if (profile === undefined) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
      // Nothing is decided of them any more: whoever comes back is another customer, with a ledger of their own.
      if (profile.status === 'ERASED') throw facetError('CUSTOMER_UNKNOWN', 'The customer was erased.');
      const ledger = draft.ledger(profile.id);
      const event = make(ledger, profile);
      const recorded = ledger.find(({ recordId }) => recordId === event.recordId);
      if (recorded !== undefined) {
        return { outcome: 'COMMITTED', value: { profile, event: recorded, ledger, isNew: false } };
      }
      draft.addEvents([event]);
      const ended = endsUnsubscribe && subscribes(event) ? await endUnsubscribe(store, profile, event) : null;
      const changed = putChanged(draft, ended?.profile ?? profile, ['consents'], true, now());
      const { outcome } = await store.commit({ ...draft.toCommit(), unsuppress: ended?.lifted ?? [] });
      return { outcome, value: { profile: changed, event, ledger: draft.ledger(profile.id), isNew: true } };
    });
}

/** Consent to marketing mails of every topic: to one topic it would open the others with it. */
function subscribes({ action, pending, purpose, topic, channel }: NewConsentEvent): boolean {
  const consents = (action === 'GRANT' && !pending) || action === 'CONFIRM';
  return consents && purpose === 'EMAIL_MARKETING' && topic === null && (channel === null || channel === 'EMAIL');
}

/** Who unsubscribed and subscribes again may be mailed again. null: the word is older than the unsubscribe, and ends nothing. */
async function endUnsubscribe(store: ProfileStore, profile: Profile, { occurredAt }: NewConsentEvent) {
  const entries = (await store.findSuppressions(allAddressKeysOf(profile))).flat();
  const since = unsubscribedAt(entries);
  if (since !== null && occurredAt <= since) return null;
  return { profile: withoutUnsubscribe(profile), lifted: entries.filter(({ reason }) => reason === 'UNSUBSCRIBED') };
}
