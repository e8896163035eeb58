/**
 * What a command on files does is in the audit trail, too: it leaves a signed note, which the running Facet, or the next that starts, enters.
 * Opened before the command does anything, so that nothing is done that could not be noted. Must not act.
 */
import path from 'node:path';
import type { Config } from '../gateway/config';
import { keptSecret } from '../gateway/data-folder';
import type { Principal } from '../schema/request-policy';
import { leaveNote, notesFolderOf } from '../subgraphs/profiles/audit/notes';
import type { AdministrativeAct } from '../subgraphs/profiles/audit/notes';
import { operatorName } from '../subgraphs/profiles/audit/operator';
import { createSigning } from '../subgraphs/profiles/signing';

/** `by`: who did it; without one the user of this machine. */
export type Administer = (
  action: string,
  details: AdministrativeAct['details'],
  by?: Pick<Principal, 'id' | 'role'>,
) => Promise<void>;

/** Errors: throws in production without FACET_SIGNING_SECRET: what is signed with another would not be believed. */
export async function openAdministration(
  config: Pick<Config, 'FACET_SIGNING_SECRET' | 'FACET_PROFILE'>,
  dataDir: string,
): Promise<Administer> {
  const { FACET_SIGNING_SECRET: given, FACET_PROFILE: profile } = config;
  if (given === undefined && profile === 'production') {
    throw new Error('Expected FACET_SIGNING_SECRET: what is done here goes into the audit trail, signed.');
  }
  const signing = createSigning(given ?? (await keptSecret(path.join(dataDir, 'secrets', 'signing'))));
  return async (action, details, by) => {
    const who =
      by === undefined ? { actor: `operator:${operatorName()}`, role: null } : { actor: by.id, role: by.role };
    await leaveNote(notesFolderOf(dataDir), { ...who, action, details }, Date.now(), signing);
  };
}
