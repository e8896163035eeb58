/** A changed customer in a draft: the profile's next version and its change entry always go together. Must not decide what changed. */
import { foldConsents } from './consent';
import type { Draft } from './draft';
import type { Profile } from './store/store';

/** Writes a changed profile: next version, consent state folded anew, and the change entry beside it. */
export function putChanged(
  draft: Draft,
  profile: Profile,
  changedFields: readonly string[],
  consentChanged: boolean,
  now: number,
): Profile {
  const version = profile.version + 1;
  const next: Profile = {
    ...profile,
    ...(consentChanged ? foldConsents(draft.ledger(profile.id)) : {}),
    version,
    consentVersion: profile.consentVersion + (consentChanged ? 1 : 0),
    updatedAt: now,
  };
  draft.putProfile(next);
  draft.addChange({
    customerId: profile.id,
    version,
    kind: 'UPDATED',
    changedFields: [...new Set(changedFields)],
    at: now,
  });
  return next;
}

/** Everybody else who has an address whose permission changes: their next version is decided anew. */
export function touchOthers(draft: Draft, ids: readonly string[], except: string | null, now: number): void {
  for (const id of new Set(ids)) {
    const profile = id === except ? undefined : draft.profile(id);
    if (profile !== undefined) putChanged(draft, profile, ['consents'], true, now);
  }
}
