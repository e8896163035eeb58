/**
 * Consent that was collected elsewhere, row by row: each is checked, finds its customer and becomes one ledger event, the same row once
 * however often it comes. A row that is refused keeps no other from being recorded. Must not end an unsubscribe: that takes the
 * person's own word.
 */
import { z } from 'zod';
import { errorCodeOf, facetError } from '../../schema/errors';
import type { ErrorCode } from '../../schema/errors';
import { JURISDICTIONS, PURPOSES } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import { checkConfirmation } from './consent.commands';
import { checkLanguage, checkWords, digestOf, noticeOf, timesOf } from './consent.words';
import type { IdentityRegistry } from './identity';
import { createLedger } from './ledger';
import type { AppendToLedger } from './ledger';
import { NO_NOTICES } from './notices';
import type { Notices } from './notices';
import { checkOfficer } from './rights/entitled';
import { CONSENT_ACTIONS, CONSENT_CHANNELS } from './store/store';
import type { NewConsentEvent, ProfileStore } from './store/store';

/** A row as it came: columns by name, absent or null where empty. */
export type Row = Readonly<Record<string, string | null | undefined>>;

export interface ImportReport {
  /** Rows that were new. */
  readonly recorded: number;
  /** Rows that were there already. */
  readonly known: number;
  readonly refused: ReadonlyArray<{
    /** Its place in this call, from 0. */
    readonly row: number;
    readonly code: ErrorCode;
    /** Never a value of the row. */
    readonly message: string;
  }>;
}

export interface ConsentImport {
  /** Errors: ROLE_NOT_ENTITLED, BAD_USER_INPUT for too many rows, STORE_UNAVAILABLE. */
  import(principal: Principal, rows: readonly Row[]): Promise<ImportReport>;
}

/** What fits a request body. */
const MAX_ROWS = 100;
const DENIALS: readonly string[] = ['REFUSE', 'WITHDRAW', 'OBJECT'];

const columns = z.strictObject({
  customerId: z.string().optional(),
  namespace: z.string().optional(),
  value: z.string().optional(),
  purpose: z.enum(PURPOSES),
  channel: z.enum(CONSENT_CHANNELS).optional(),
  topic: z.string().optional(),
  action: z.enum(CONSENT_ACTIONS),
  basis: z.enum(['CONSENT', 'SOFT_OPT_IN']).default('CONSENT'),
  pending: z.enum(['true', 'false']).default('false'),
  noticeId: z.string().optional(),
  noticeVersion: z.string().optional(),
  noticeSha256: z.string().optional(),
  method: z.string(),
  jurisdiction: z.enum(JURISDICTIONS).optional(),
  language: z.string().optional(),
  proof: z.string().optional(),
  occurredAt: z.string(),
  expiresAt: z.string().optional(),
});

/** Columns a row may have. */
export const CONSENT_COLUMNS: readonly string[] = Object.keys(columns.shape);

const rowSchema = columns
  .refine(({ customerId, namespace, value }) => (customerId ? !namespace && !value : namespace && value), {
    message: 'expected customerId, or namespace and value',
  })
  .refine(({ noticeId, noticeVersion }) => !noticeId === !noticeVersion, {
    message: 'expected noticeId and noticeVersion together',
  });

type ConsentRow = z.infer<typeof rowSchema>;

export function createConsentImport(options: {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  readonly notices?: Notices | undefined;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): ConsentImport {
  const { store, registry, notices = NO_NOTICES, now } = options;
  const append = createLedger(options);

  /** Errors: CUSTOMER_UNKNOWN, NAMESPACE_UNKNOWN, IDENTITY_AMBIGUOUS for what is no denial: in doubt everybody has denied, and nobody consented. */
  const customersOf = async ({ customerId, namespace = '', value = '', action }: ConsentRow): Promise<string[]> => {
    if (customerId) return [customerId];
    const [ids = []] = await store.findCustomerIds([registry.keyOf({ namespace, value })]);
    if (ids.length === 0) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this identity.');
    if (ids.length > 1 && !DENIALS.includes(action)) {
      throw facetError('IDENTITY_AMBIGUOUS', 'Several customers share this identity; name one by id.');
    }
    return ids;
  };

  const take = async (principal: Principal, given: Row): Promise<boolean> => {
    const row = parseRow(given);
    const event = eventOf(row, principal, notices, now());
    const appended = await Promise.all(
      (await customersOf(row)).map((id) => append(id, confirmedOnly(event), { endsUnsubscribe: false })),
    );
    return appended.some(({ isNew }) => isNew);
  };

  return {
    import: async (principal, rows) => importRows(principal, rows, (row) => take(principal, row)),
  };
}

/** Errors, when it is appended: CONSENT_INVALID for a confirmation of what waits for its link. */
function confirmedOnly(event: Omit<NewConsentEvent, 'customerId'>): Parameters<AppendToLedger>[1] {
  return (ledger, { id }) => {
    const imported = { ...event, customerId: id };
    checkConfirmation(ledger, imported);
    return imported;
  };
}

/** Takes every row by itself; `take` answers whether it was new. Errors: ROLE_NOT_ENTITLED, BAD_USER_INPUT, STORE_UNAVAILABLE. */
export async function importRows(
  principal: Principal,
  rows: readonly Row[],
  take: (row: Row) => Promise<boolean>,
): Promise<ImportReport> {
  checkOfficer(principal, 'Importing is for privacy officers.');
  if (rows.length > MAX_ROWS) throw facetError('BAD_USER_INPUT', `Expected at most ${MAX_ROWS} rows in one call.`);
  const outcomes = await Promise.all(
    rows.map(async (row, index) => {
      try {
        return (await take(row)) ? 'recorded' : 'known';
      } catch (error) {
        const code = errorCodeOf(error);
        if (['STORE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'].includes(code)) throw error;
        return { row: index, code, message: (error as Error).message };
      }
    }),
  );
  return {
    recorded: outcomes.filter((outcome) => outcome === 'recorded').length,
    known: outcomes.filter((outcome) => outcome === 'known').length,
    refused: outcomes.flatMap((outcome) => (typeof outcome === 'string' ? [] : [outcome])),
  };
}

/** Says what was expected and never what came, which may be an address in the wrong column. Errors: BAD_USER_INPUT. */
export function parseCells<Value>(schema: z.ZodType<Value>, row: Row): Value {
  const cells = Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== null && cell !== ''));
  const parsed = schema.safeParse(cells);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw facetError('BAD_USER_INPUT', `Expected a row that can be read; ${found.join('; ')}.`);
}

function parseRow(row: Row): ConsentRow {
  const parsed = parseCells(rowSchema, row);
  const { method, topic, proof } = parsed;
  checkWords({ method, topic, proof });
  checkLanguage(parsed.language);
  return parsed;
}

function eventOf(
  row: ConsentRow,
  principal: Principal,
  notices: Notices,
  now: number,
): Omit<NewConsentEvent, 'customerId'> {
  const { noticeId: id, noticeVersion: version, noticeSha256: sha256 } = row;
  const notice = id && version ? noticeOf({ id, version, sha256 }, notices) : null;
  const content = {
    purpose: row.purpose,
    channel: row.channel ?? null,
    topic: row.topic ?? null,
    action: row.action,
    basis: row.basis,
    pending: row.pending === 'true' && row.action === 'GRANT',
    method: row.method,
    jurisdiction: row.jurisdiction ?? null,
    language: row.language ?? null,
    proof: row.proof ?? null,
    ...timesOf(row, now),
  };
  const recordId = digestOf('import', ...Object.values(content), id ?? null, version ?? null);
  return { ...content, recordId, notice, recordedAt: now, actor: principal.id };
}
