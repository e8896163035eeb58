/** Scopes a credential may carry beside its role. Must not look at a credential. */
import type { Role } from '../schema/policy';

/** `schema:read`: introspection and readable validation errors · `operations:adhoc`: own documents · `policy:explain`: why a field is withheld. */
export const SCOPES = ['schema:read', 'operations:adhoc', 'policy:explain'] as const;
export type Scope = (typeof SCOPES)[number];

/** A refusal is personal data too: its reason is for those whose task it is to explain it. */
export function scopesOf(role: Role): readonly Scope[] {
  const explains = role === 'PRIVACY_OFFICER' || role === 'SUPPORT_AGENT' || role === 'DATA_SUBJECT';
  return SCOPES.filter((scope) => scope !== 'policy:explain' || explains);
}

/** Space-separated, as RFC 6749 § 3.3 has it. What is no scope of ours, or not one for the role, means nothing, and is not carried on. */
export function readScopes(text: string, role: Role): readonly Scope[] {
  const named = text.split(' ');
  return scopesOf(role).filter((scope) => named.includes(scope));
}
