/**
 * The policy table as text and as data that a file can hold, so that a change of it is a diff that people review. Pure. Must not
 * decide.
 */
import { z } from 'zod';
import { CATEGORIES, JURISDICTIONS, PURPOSES, ROLES, SUPPRESSIONS } from './policy';
import type { DataCategory } from './policy';
import type { PolicyTables } from './policy-table';
import type { RetentionRow } from './retention-table';

/** As `npm run policy:print` shows it: a purpose or role a line, a category a column. */
export function printPolicy({ purposes, rights, jurisdictions, stoppedBy }: PolicyTables): string {
  const cellsOf = (cells: Readonly<Record<DataCategory, string>>) => CATEGORIES.map((category) => cells[category]);
  return [
    grid([
      ['purpose (basis, mails)', ...CATEGORIES],
      ...PURPOSES.map((purpose) => {
        const { basis, mails, notForMinors, cells } = purposes[purpose];
        const facts = [basis, `mails: ${mails}`, ...(notForMinors ? ['not for minors'] : [])].join(', ');
        return [`${purpose} (${facts})`, ...cellsOf(cells)];
      }),
    ]),
    grid([
      ['role (purposes)', ...CATEGORIES],
      ...ROLES.map((role) => [
        `${role} (${rights[role].purposes.join(', ') || 'none'})`,
        ...cellsOf(rights[role].cells),
      ]),
    ]),
    grid([
      ['jurisdiction', 'marketing without a word of the person', 'soft opt-in', 'adult at'],
      ...JURISDICTIONS.map((each) => {
        const { regime, softOptIn, adultAgeYears } = jurisdictions[each];
        return [each, regime, softOptIn ? 'yes' : 'no', String(adultAgeYears)];
      }),
    ]),
    grid([
      ['suppression', 'stops'],
      ...SUPPRESSIONS.map((each) => [
        each,
        Object.entries(stoppedBy)
          .flatMap(([kind, stops]) => (stops.includes(each) ? [kind] : []))
          .join(', '),
      ]),
    ]),
    '• on the purpose’s own basis   P needs consent for PERSONALIZATION as well   m masked at best   – never\n',
  ].join('\n');
}

/** How long each category is kept, a line each; beneath the policy. */
export function printRetention(table: Readonly<Record<DataCategory, RetentionRow>>): string {
  return grid([
    ['kept', 'days', 'since'],
    ...CATEGORIES.map((category) => [category, String(table[category].days ?? '–'), table[category].from]),
  ]);
}

function grid(rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [head = [], ...rest] = rows;
  return `${[line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rest.map(line)].join('\n')}\n`;
}

const cell = z.enum(['•', 'P', 'm', '–']);
const cells = z.record(z.enum(CATEGORIES), cell);
const tablesSchema = z.object({
  purposes: z.record(
    z.enum(PURPOSES),
    z.object({
      basis: z.enum(['contract', 'consent', 'consent or soft opt-in', 'legal duty']),
      mails: z.enum(['transactional', 'marketing', 'never']),
      notForMinors: z.boolean(),
      cells,
    }),
  ),
  rights: z.record(z.enum(ROLES), z.object({ purposes: z.array(z.enum(PURPOSES)), cells })),
  jurisdictions: z.record(
    z.enum(JURISDICTIONS),
    z.object({
      regime: z.enum(['OPT_IN', 'OPT_OUT']),
      softOptIn: z.boolean(),
      // A table of before this was data: it was 18 everywhere.
      adultAgeYears: z.int().min(0).max(150).default(18),
    }),
  ),
  stoppedBy: z.object({
    transactional: z.array(z.enum(SUPPRESSIONS)),
    marketing: z.array(z.enum(SUPPRESSIONS)),
  }),
});

/** Errors: throws, naming the place, when the text is no policy table. */
export function parsePolicy(text: string): PolicyTables {
  return tablesSchema.parse(JSON.parse(text)) as PolicyTables;
}

export function stringifyPolicy(tables: PolicyTables): string {
  return `${JSON.stringify(tables, null, 2)}\n`;
}

/** One difference between two tables: `purposes.EMAIL_MARKETING.cells.BEHAVIOUR: P → •`. */
export interface PolicyChange {
  readonly place: string;
  readonly before: unknown;
  readonly after: unknown;
}

export function comparePolicies(before: object, after: object): PolicyChange[] {
  const changes: PolicyChange[] = [];
  const walk = (one: unknown, other: unknown, place: string) => {
    if (isGroup(one) && isGroup(other)) {
      for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
        walk(one[key], other[key], place === '' ? key : `${place}.${key}`);
      }
    } else if (JSON.stringify(one) !== JSON.stringify(other)) {
      changes.push({ place, before: one, after: other });
    }
  };
  walk(before, after, '');
  return changes;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
