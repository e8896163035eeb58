/**
 * The access review as a person reads it: who may see what, by which credential, who vouches for what needs no consent, and what somebody
 * should look at. Pure. Must not read files, and never sees a secret.
 */
import type { KeySecret, StoredKey, StoredKeys } from '../gateway/api-keys/key-file';
import { nameOfUse } from '../gateway/api-keys/last-used';
import type { KeyUses } from '../gateway/api-keys/last-used';
import { isApproved, needsApproval } from '../gateway/template-approvals';
import type { Approvable, Approval, Approvals } from '../gateway/template-approvals';
import { CATEGORIES, ROLES } from '../schema/policy';
import type { Purpose, Role } from '../schema/policy';
import { purposeTable, rightsTable } from '../schema/policy-table';
import { describeKeys, tableOf } from './key-table';
import type { LastActs } from './last-acts';

const DAY_MS = 24 * 3_600_000;
/** A key nobody used for so long is probably nobody's. */
const UNUSED_DAYS = 90;
const ENDS_SOON_DAYS = 14;

export interface AccessFacts {
  readonly keys: StoredKeys;
  readonly uses: KeyUses;
  readonly templates: readonly Approvable[];
  readonly approvals: Approvals;
  readonly profile: Approval['profile'];
  /** null: there is no store here. */
  readonly lastActs: LastActs | null;
  /** Names of the policy tables: those here, and those the store noted last, with the Unix time in milliseconds; null: none. */
  readonly policy: { readonly here: string; readonly noted: { readonly name: string; readonly at: number } | null };
  /** Where tokens come from, in words. */
  readonly issuer: string;
  /** Unix time in milliseconds. */
  readonly now: number;
}

export function describeAccess(facts: AccessFacts): string {
  const findings = findingsOf(facts);
  const sections: Array<[string, string]> = [
    ['Who may see what, where consent and the state of the person allow it', describeReach()],
    ['Policy tables', describePolicy(facts)],
    ['Tokens', `  ${facts.issuer}`],
    ['API keys', describeKeys(facts.keys, facts.uses, facts.now)],
    ['Who last did what, by the audit trail', describeActs(facts.lastActs)],
    ['Templates that rest on no consent', describeApprovals(facts)],
    [
      'To look at',
      findings.length === 0 ? '  Nothing stands out.' : findings.map((finding) => `  - ${finding}`).join('\n'),
    ],
  ];
  return sections.map(([title, text]) => `${title}\n\n${text}\n`).join('\n');
}

/** One line per role and purpose it may name: what it sees clear, what only with consent for personalization, what masked. */
function describeReach(): string {
  const rows = ROLES.flatMap((role) => {
    const { purposes } = rightsTable[role];
    const who = role === 'DATA_SUBJECT' ? `${role}, the own id` : role;
    return purposes.length === 0
      ? [[who, '–', 'nothing of a person']]
      : purposes.map((each) => [who, each, seen(role, each)]);
  });
  return tableOf([['role', 'purpose', 'sees'], ...rows]);
}

function seen(role: Role, purpose: Purpose): string {
  const cellOf = (category: (typeof CATEGORIES)[number]) => {
    const cells = [purposeTable[purpose].cells[category], rightsTable[role].cells[category]];
    return (['–', 'm', 'P'] as const).find((each) => cells.includes(each)) ?? '•';
  };
  const groups = [
    ['•', ''],
    ['P', 'with consent for personalization: '],
    ['m', 'masked: '],
  ] as const;
  return groups
    .map(([cell, label]) => [label, CATEGORIES.filter((category) => cellOf(category) === cell).join(' ')] as const)
    .flatMap(([label, names]) => (names === '' ? [] : [`${label}${names}`]))
    .join('; ');
}

function describePolicy({ policy: { here, noted } }: AccessFacts): string {
  if (noted === null) return `  ${here}, which no Facet over this store was started with yet.`;
  const since = new Date(noted.at).toISOString();
  return noted.name === here
    ? `  ${here}, in force since ${since}`
    : `  ${noted.name}, in force since ${since}; here: ${here}`;
}

function describeActs(lastActs: LastActs | null): string {
  if (lastActs === null) return '  There is no store here.';
  const rows = lastActs.acts.map(({ actor, role, kind, action, purpose, at, categories }) => {
    const { clear = [], masked = [] } = categories ?? {};
    const shown = [...clear, ...masked.map((category) => `${category} (masked)`)].join(' ');
    return [actor, role ?? '–', kind, action, purpose ?? '–', new Date(at).toISOString(), shown || '–'];
  });
  if (rows.length === 0) return '  Nobody did anything.';
  const note = lastActs.since === null ? '' : `\n  (Not looked at before ${new Date(lastActs.since).toISOString()}.)`;
  return `${tableOf([['who', 'role', 'kind', 'last', 'for', 'at', 'could see'], ...rows])}${note}`;
}

function describeApprovals({ templates, approvals, profile }: AccessFacts): string {
  const rows = templates.filter(needsApproval).map((template) => {
    const approval = approvals[template.name];
    return isApproved(template, approvals, profile) && approval !== undefined
      ? [template.name, `approved by ${approval.approvedBy} (${approval.profile})`, approval.approvedAt]
      : [template.name, 'not approved as it is now: refused', ''];
  });
  return rows.length === 0 ? '  There are none.' : tableOf(rows);
}

function findingsOf({ keys, uses, templates, approvals, profile, policy, now }: AccessFacts): string[] {
  const inUse = Object.entries(keys).filter(([, { revokedAt }]) => revokedAt === null);
  const isOther = policy.noted !== null && policy.noted.name !== policy.here;
  return [
    ...(isOther
      ? ['The policy here is not the one in force: the next start changes it. What it does: npm run policy:diff']
      : []),
    ...inUse.flatMap(([id, key]) => key.secrets.flatMap((secret) => findingsOfSecret(id, key, secret, uses, now))),
    ...inUse
      .filter(([, { scopes }]) => scopes.includes('operations:adhoc'))
      .map(([id, { role }]) => `${id} may ask whatever a ${role} may, not only what templates ask.`),
    ...templates
      .filter((template) => !isApproved(template, approvals, profile))
      .map(({ name }) => `${name} is refused until a privacy officer approves it: npm run approve -- ${name}`),
  ];
}

function findingsOfSecret(id: string, { secrets }: StoredKey, secret: KeySecret, uses: KeyUses, now: number): string[] {
  const endsAt = Date.parse(secret.expiresAt);
  if (endsAt <= now) return [];
  const name = `${id} #${secret.number}`;
  const used = uses[nameOfUse(id, secret.number)];
  const unusedDays = Math.floor((now - Date.parse(used ?? secret.createdAt)) / DAY_MS);
  const isNewest = secret === secrets.at(-1);
  const next = secrets.find(({ number }) => number === secret.number + 1);
  return [
    ...(unusedDays < UNUSED_DAYS ? [] : [`${name} was not used for ${unusedDays} days.`]),
    ...(isNewest && endsAt - now < ENDS_SOON_DAYS * DAY_MS ? [`${name} ends ${secret.expiresAt}; rotate it.`] : []),
    ...(next !== undefined && used !== undefined && used > next.createdAt
      ? [`${name} is still used after it was rotated, and ends ${secret.expiresAt}.`]
      : []),
  ];
}
