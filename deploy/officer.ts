/**
 * A privacy officer's commands at a running gateway: imports row by row, export page by page. Goes through the front door like
 * everybody, so that every mode, store and audit is the same. Must not read the environment, and must never print a value of a row.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { parseEnvironment } from '../schema/environment';
import { readRows } from './rows';
import type { FileRow } from './rows';

export interface Officer {
  /** Without a trailing slash. */
  readonly url: string;
  /** Of a privacy officer with the scope operations:adhoc. */
  readonly token: string;
}

/** What fits a request body, however long the cells are. */
const ROWS_PER_CALL = 50;
const TIMEOUT_MS = 30_000;

const answerSchema = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string(), extensions: z.looseObject({ code: z.string() }) })).optional(),
});
const reportSchema = z.object({
  recorded: z.number(),
  known: z.number(),
  refused: z.array(z.object({ row: z.number(), code: z.string(), message: z.string() })),
});

const officerSchema = z.object({
  FACET_URL: z.url().optional(),
  FACET_TOKEN: z.string().optional(),
  FACET_DATA_DIR: z.string().default('.data'),
});

/** FACET_URL and FACET_TOKEN, else what a start in development wrote. Errors: throws when there is neither; ConfigError. */
export async function findOfficer(environment: Readonly<Record<string, string | undefined>>): Promise<Officer> {
  const given = parseEnvironment(officerSchema, environment);
  const read = async (file: string, key: string, variable: string): Promise<string> => {
    try {
      const text = await readFile(path.join(path.resolve(given.FACET_DATA_DIR), file), 'utf8');
      return z
        .record(z.string(), z.unknown())
        .transform((all) => z.string().parse(all[key]))
        .parse(JSON.parse(text));
    } catch {
      throw new Error(`Expected ${variable}, or ${file} of a Facet that runs here. Start it with: npm start`);
    }
  };
  const url = given.FACET_URL ?? (await read('endpoints.json', 'gateway', 'FACET_URL'));
  const token = given.FACET_TOKEN ?? (await read('dev-credentials.json', 'privacyOfficer', 'FACET_TOKEN'));
  return { url: url.replace(/\/+$/, ''), token: token.trim() };
}

/** One operation. Errors: throws with the gateway's code and message. */
export async function ask(officer: Officer, query: string, variables: Record<string, unknown>): Promise<unknown> {
  const response = await fetch(`${officer.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${officer.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  }).catch(() => {
    throw new Error(`The gateway at ${officer.url} cannot be reached. Start it with: npm start`);
  });
  const { data, errors = [] } = answerSchema.parse(await response.json());
  const [error] = errors;
  if (error !== undefined) throw new Error(`${error.extensions.code}: ${error.message}`);
  return Object.values(data ?? {})[0];
}

export interface Imported {
  readonly recorded: number;
  readonly known: number;
  /** `line 7: BAD_USER_INPUT: …` */
  readonly refused: readonly string[];
}

/**
 * Imports a file: `field` is the mutation, `rowType` the type of its rows, `columns` what a row may have. Can be repeated after a failure:
 * what was recorded is known then. Errors: throws when the file cannot be read or the gateway refuses.
 */
export async function importFile(
  officer: Officer,
  file: string,
  mutation: { readonly field: string; readonly rowType: string; readonly columns: readonly string[] },
): Promise<Imported> {
  const query = `mutation ($rows: [${mutation.rowType}!]!) {
    report: ${mutation.field}(rows: $rows) { recorded known refused { row code message } }
  }`;
  const imported = { recorded: 0, known: 0, refused: [] as string[] };
  let waiting: Array<{ readonly line: number; readonly row: FileRow }> = [];
  const send = async () => {
    if (waiting.length === 0) return;
    const report = reportSchema.parse(await ask(officer, query, { rows: waiting.map(({ row }) => row) }));
    imported.recorded += report.recorded;
    imported.known += report.known;
    for (const { row, code, message } of report.refused) {
      imported.refused.push(`line ${waiting[row]?.line}: ${code}: ${message}`);
    }
    waiting = [];
  };
  for await (const { line, row } of readRows(file)) {
    const foreign = Object.keys(row).some((name) => !mutation.columns.includes(name));
    if (foreign) {
      imported.refused.push(`line ${line}: BAD_USER_INPUT: Expected no columns but ${mutation.columns.join(', ')}.`);
    } else if (waiting.push({ line, row }) >= ROWS_PER_CALL) await send();
  }
  await send();
  return imported;
}

/** What a command prints of an import. */
export function describeImport({ recorded, known, refused }: Imported): string {
  return `${recorded} recorded, ${known} known already, ${refused.length} refused`;
}
