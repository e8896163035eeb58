/**
 * The policy a second time, written from the prose and the two tables of the design (§4) and from nothing else: it imports no
 * code of ours, keeps its tables as text, and works the other way round. Where `decide` walks and stops, this collects
 * every reason that applies and then takes the first of the published order. Slow and plain on purpose.
 *
 * Where the design leaves a case open, the reading taken here is marked READING.
 */

const TABLE_OF_PURPOSES = `
| purpose             | basis                       | IDENTIFIER | CONTACT | NAME | LOCATION | DEMOGRAPHIC | PURCHASE_HISTORY | BEHAVIOUR | SUPPORT_HISTORY | DERIVED | CONSENT | SENSITIVE |
| ESSENTIAL_SERVICE   | contract                    | • | • | • | • | – | • | – | – | – | • | – |
| EMAIL_MARKETING     | consent, or soft opt-in     | • | • | • | • | P | P | P | – | P | • | – |
| PERSONALIZATION     | consent                     | • | – | • | • | • | • | • | – | • | • | – |
| ANALYTICS           | consent                     | m | – | – | m | m | • | • | – | • | – | – |
| PROFILING           | consent                     | m | – | – | • | • | • | • | – | • | – | – |
| SUPPORT_SERVICE     | contract                    | • | • | • | • | – | • | – | • | – | • | – |
| DATA_SUBJECT_RIGHTS | legal duty                  | • | • | • | • | • | • | • | • | • | • | • |
`;

const TABLE_OF_ROLES = `
| role            | entitled purposes                                    | IDENTIFIER | CONTACT | NAME | LOCATION | DEMOGRAPHIC | PURCHASE_HISTORY | BEHAVIOUR | SUPPORT_HISTORY | DERIVED | CONSENT | SENSITIVE |
| RENDERER        | ESSENTIAL_SERVICE, EMAIL_MARKETING, PERSONALIZATION  | • | • | • | • | • | • | • | – | • | • | – |
| ANALYST         | ANALYTICS, PROFILING                                 | m | – | – | m | m | • | • | – | • | – | – |
| SUPPORT_AGENT   | SUPPORT_SERVICE                                      | • | m | • | m | – | • | – | • | – | • | – |
| PRIVACY_OFFICER | DATA_SUBJECT_RIGHTS                                  | • | • | • | • | • | • | • | • | • | • | • |
| DATA_SUBJECT    | DATA_SUBJECT_RIGHTS                                  | • | • | • | • | • | • | • | • | • | • | • |
| ADMIN           |                                                      | – | – | – | – | – | – | – | – | – | – | – |
`;

const ORDER_OF_REASONS = 'ERASED RESTRICTED UNAVAILABLE PURPOSE ROLE SUPPRESSED OBJECTED CONSENT'.split(' ');

/** READING: the law of a known country decides whether soft opt-in exists; the design names DE, UK and US as having one. */
const SOFT_OPT_IN_LAW = ['EU', 'UK', 'US'];
/** READING: of the jurisdictions the design names, the United States' law is opt-out (CAN-SPAM); what is unknown is the strictest, opt-in. */
const OPT_OUT_LAW = ['US'];

export interface ModelSubject {
  readonly status: string;
  /** State of consent by purpose; absent: NOT_ASKED. */
  readonly consents: Readonly<Record<string, string>>;
  readonly softOptIn: boolean;
  readonly suppressions: readonly string[];
  readonly jurisdiction: string;
  readonly minor: boolean;
}

export interface ModelQuestion {
  readonly role: string;
  /** A DATA_SUBJECT's question about the own id? */
  readonly ownId: boolean;
  readonly purpose: string | null;
  /** null: the state could not be read. */
  readonly subject: ModelSubject | null;
}

const purposes = readTable(TABLE_OF_PURPOSES);
const roles = readTable(TABLE_OF_ROLES);

export const modelPurposes = [...purposes.keys()];
export const modelRoles = [...roles.keys()];
export const modelCategories = 'IDENTIFIER CONTACT NAME LOCATION DEMOGRAPHIC PURCHASE_HISTORY BEHAVIOUR SUPPORT_HISTORY'
  .concat(' DERIVED CONSENT SENSITIVE')
  .split(' ');

export function modelEntitled(role: string, purpose: string): boolean {
  const entitled = roles.get(role)?.get('entitled purposes') ?? '';
  return entitled.split(', ').includes(purpose);
}

/** `CLEAR`, `MASK`, or the reason for withholding. */
export function modelDecision(question: ModelQuestion, category: string): string {
  const { role, ownId, purpose, subject } = question;
  const byPurpose = (purpose === null ? undefined : purposes.get(purpose)?.get(category)) ?? '–';
  const byRole = roles.get(role)?.get(category) ?? '–';

  const reasons = new Set<string>();
  if (subject === null) reasons.add('UNAVAILABLE');
  if (subject?.status === 'ERASED') reasons.add('ERASED');
  if (subject?.status === 'RESTRICTED' && purpose !== 'DATA_SUBJECT_RIGHTS') reasons.add('RESTRICTED');
  if (byPurpose === '–') reasons.add('PURPOSE');
  if (byRole === '–' || (role === 'DATA_SUBJECT' && !ownId)) reasons.add('ROLE');
  if (purpose !== null && !modelEntitled(role, purpose)) reasons.add('ROLE');
  if (purpose !== null && subject !== null) {
    for (const reason of reasonsAgainst(purpose, subject)) reasons.add(reason);
    if (byPurpose === 'P') for (const reason of reasonsAgainst('PERSONALIZATION', subject)) reasons.add(reason);
  }
  return firstOf(reasons) ?? ([byPurpose, byRole].includes('m') ? 'MASK' : 'CLEAR');
}

/** `PERMITTED`, or the reason for refusing contact. */
export function modelContact(question: ModelQuestion): string {
  const { purpose, subject } = question;
  const address = modelDecision(question, 'CONTACT');
  const reasons = new Set<string>();
  // Nobody mails an address that is masked: the role has no use for it.
  if (address === 'MASK') reasons.add('ROLE');
  else if (address !== 'CLEAR') reasons.add(address);
  // READING: only these two purposes have a mail to send.
  const marketing = purpose === 'EMAIL_MARKETING';
  if (!marketing && purpose !== 'ESSENTIAL_SERVICE') reasons.add('PURPOSE');
  const stops = marketing ? ['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'] : ['HARD_BOUNCE', 'ERASED'];
  if (subject?.suppressions.some((suppression) => stops.includes(suppression))) reasons.add('SUPPRESSED');
  return firstOf(reasons) ?? 'PERMITTED';
}

function reasonsAgainst(purpose: string, subject: ModelSubject): string[] {
  const basis = purposes.get(purpose)?.get('basis') ?? '';
  const state = subject.consents[purpose] ?? 'NOT_ASKED';
  const reasons: string[] = [];
  if (purpose === 'EMAIL_MARKETING' && subject.suppressions.length > 0) reasons.push('SUPPRESSED');
  // READING: "every basis" are those one can object to; access to the own data is no processing to object to (GDPR Art. 21(1)).
  if (state === 'OBJECTED' && basis !== 'legal duty') reasons.push('OBJECTED');
  // "Minors get no marketing and no profiling"; READING: the reason is CONSENT, which a minor cannot give.
  if (subject.minor && ['EMAIL_MARKETING', 'PROFILING'].includes(purpose)) reasons.push('CONSENT');
  if (basis.startsWith('consent') && state !== 'GRANTED') {
    // READING: soft opt-in and opt-out are for who was never asked; PENDING and EXPIRED are doubt, and doubt denies.
    const permitted =
      basis.includes('soft opt-in') &&
      state === 'NOT_ASKED' &&
      (OPT_OUT_LAW.includes(subject.jurisdiction) ||
        (subject.softOptIn && SOFT_OPT_IN_LAW.includes(subject.jurisdiction)));
    if (!permitted) reasons.push('CONSENT');
  }
  return reasons;
}

function firstOf(reasons: ReadonlySet<string>): string | undefined {
  return ORDER_OF_REASONS.find((reason) => reasons.has(reason));
}

/** Rows by their first cell; each row's cells by the heading above. */
function readTable(text: string): Map<string, Map<string, string>> {
  const [heading = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return new Map(rows.map((row) => [row[0] ?? '', new Map(row.map((cell, index) => [heading[index] ?? '', cell]))]));
}
