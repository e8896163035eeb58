/**
 * Who may exercise a data subject's rights: the data subject, on the own id only, and the privacy officer; and what is the privacy officer's
 * alone. Must not do it.
 */
import { facetError } from '../../../schema/errors';
import type { Principal } from '../../../schema/request-policy';

/** Errors: ROLE_NOT_ENTITLED. */
export function checkEntitled({ role, customerId }: Principal, subjectId: string): void {
  if (role === 'PRIVACY_OFFICER' || (role === 'DATA_SUBJECT' && customerId === subjectId)) return;
  throw facetError(
    'ROLE_NOT_ENTITLED',
    'A data subject’s rights are exercised by the data subject on the own id, or a privacy officer.',
  );
}

/** `otherwise`: what others are told. Errors: ROLE_NOT_ENTITLED. */
export function checkOfficer(principal: Pick<Principal, 'role'> | undefined, otherwise: string): void {
  if (principal?.role !== 'PRIVACY_OFFICER') throw facetError('ROLE_NOT_ENTITLED', otherwise);
}
