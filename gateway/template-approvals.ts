/**
 * The privacy officer's approvals: a template that rests on no consent is answered only when this very document was approved. A changed
 * document, its purpose included, is another one. Must not answer or refuse anything itself.
 *
 * `template-approvals.json` lies beside the templates' folder and is reviewed with it. An approval of a development's demo officer counts in
 * development only.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Purpose } from '../schema/policy';
import type { Principal } from '../schema/request-policy';

/** Purposes that need no consent of the data subject, so that somebody must vouch for their use. */
const NEEDING: readonly Purpose[] = ['ESSENTIAL_SERVICE'];

const approvalSchema = z.strictObject({
  /** Of the document as it was approved. */
  documentId: z.string().regex(/^[\da-f]{64}$/),
  /** The officer, as the credential names the person. */
  approvedBy: z.string().min(1),
  approvedAt: z.iso.datetime(),
  profile: z.enum(['development', 'production']),
});
const approvalsSchema = z.record(z.string(), approvalSchema);

export type Approval = z.infer<typeof approvalSchema>;
/** By name of the template. */
export type Approvals = Readonly<Record<string, Approval>>;

/** What an approval is about. */
export interface Approvable {
  readonly name: string;
  readonly documentId: string;
  readonly contract: { readonly purpose: Purpose };
}

export function approvalsFileOf(templatesDir: string): string {
  return path.join(templatesDir, '..', 'template-approvals.json');
}

/** No file: no approvals. Errors: throws when the file cannot be read as one of approvals. */
export function readApprovals(file: string): Approvals {
  try {
    return approvalsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} is not a file of approvals.`, { cause: error });
  }
}

export function needsApproval({ contract }: Approvable): boolean {
  return NEEDING.includes(contract.purpose);
}

export function isApproved(template: Approvable, approvals: Approvals, profile: Approval['profile']): boolean {
  if (!needsApproval(template)) return true;
  const approval = Object.hasOwn(approvals, template.name) ? approvals[template.name] : undefined;
  return approval?.documentId === template.documentId && (profile === 'development' || approval.profile === profile);
}

/** Errors: throws when the principal is no privacy officer, or the template needs no approval. */
export function approve(
  approvals: Approvals,
  template: Approvable,
  given: { readonly principal: Principal; readonly profile: Approval['profile']; readonly now: number },
): Approvals {
  const { principal, profile, now } = given;
  if (principal.role !== 'PRIVACY_OFFICER') {
    throw new Error(`Expected the credential of a PRIVACY_OFFICER; came one of a ${principal.role}.`);
  }
  if (!needsApproval(template)) {
    throw new Error(`${template.name} is for ${template.contract.purpose}, which needs no approval but consent.`);
  }
  const approval: Approval = {
    documentId: template.documentId,
    approvedBy: principal.id,
    approvedAt: new Date(now).toISOString(),
    profile,
  };
  return Object.fromEntries(
    Object.entries({ ...approvals, [template.name]: approval }).toSorted(([a], [b]) => a.localeCompare(b)),
  );
}
