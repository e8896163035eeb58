/**
 * `npm run suppression -- import bounces.csv` and `-- export suppressions.csv`: the addresses that must not be mailed, at the Facet that
 * runs. An import names addresses, or the keyed hashes of an export; an export holds hashes only, and can be imported again. `-- lift` ends
 * a complaint or bounce that is no longer so, `-- readmit` lets somebody erased in again.
 */
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { SUPPRESSION_COLUMNS } from '../../subgraphs/profiles/suppression.commands';
import { LIFT_GROUNDS } from '../../subgraphs/profiles/suppression.lift';
import { ask, describeImport, findOfficer, importFile } from '../officer';
import type { Officer } from '../officer';

const USAGE = `usage: npm run --silent suppression -- import|export <file.csv|file.ndjson>
       npm run --silent suppression -- lift <address|key of an export> --reason COMPLAINT|HARD_BOUNCE --ground <ground> [--reference <ticket>]
       npm run --silent suppression -- readmit <address|namespace=id …> --ground <ground> [--reference <ticket>]
grounds: ${LIFT_GROUNDS.join(', ')}; - in the place of an address: one a line on standard input, so that none stays in the shell’s history
columns: ${SUPPRESSION_COLUMNS.join(', ')}
FACET_URL and FACET_TOKEN or FACET_TOKEN_FILE (a privacy officer's, with operations:adhoc) where Facet does not run here in development`;

const EXPORTED = ['addressKey', 'reason', 'occurredAt', 'recordedAt', 'actor'] as const;
const pageSchema = z.object({
  entries: z.array(z.object(Object.fromEntries(EXPORTED.map((name) => [name, z.string()])))),
  next: z.string().nullable(),
});

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { reason: { type: 'string' }, ground: { type: 'string' }, reference: { type: 'string' } },
  });
  const [action, file, ...rest] = positionals;
  const isLift = action === 'lift' || action === 'readmit';
  if (file === undefined || (!isLift && (rest.length > 0 || !/\.(csv|ndjson)$/.test(file)))) throw new Error(USAGE);
  const officer = await findOfficer(process.env);
  if (isLift) {
    const { reason, ground, reference = null } = values;
    const named = file === '-' ? await readLines() : [file, ...rest];
    if (ground === undefined || (reason === undefined) === (action === 'lift') || named.length === 0) {
      throw new Error(USAGE);
    }
    const lines =
      action === 'lift'
        ? await lift(officer, named, { reason, ground, reference })
        : [await readmit(officer, named, { ground, reference })];
    lines.forEach((line) => console.log(line));
    return;
  }
  if (action === 'export') {
    console.log(`${await exportTo(officer, file)} exported`);
    return;
  }
  if (action !== 'import') throw new Error(USAGE);
  const imported = await importFile(officer, file, {
    field: 'importSuppressions',
    rowType: 'SuppressionRowInput',
    columns: SUPPRESSION_COLUMNS,
  });
  imported.refused.forEach((line) => console.error(line));
  console.log(describeImport(imported));
  if (imported.refused.length > 0) process.exitCode = 1;
}

async function readLines(): Promise<string[]> {
  return (await text(process.stdin))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const liftSchema = z.object({ addressKey: z.string(), reason: z.string(), lifted: z.boolean() });

/** A line for each; names an address by its key only. */
async function lift(officer: Officer, named: readonly string[], why: Record<string, unknown>): Promise<string[]> {
  const query =
    'mutation ($input: LiftSuppressionInput!) { liftSuppression(input: $input) { addressKey reason lifted } }';
  const lines: string[] = [];
  for (const name of named) {
    const who = name.includes('@') ? { email: name } : { addressKey: name };
    const { addressKey, reason, lifted } = liftSchema.parse(await ask(officer, query, { input: { ...who, ...why } }));
    lines.push(`${addressKey}: ${lifted ? `${reason} lifted` : `was not on the list for ${reason}`}`);
  }
  return lines;
}

const readmissionSchema = z.object({ tombstones: z.number(), suppressions: z.number() });

async function readmit(officer: Officer, named: readonly string[], why: Record<string, unknown>): Promise<string> {
  const query = 'mutation ($input: ReadmitErasedInput!) { readmitErased(input: $input) { tombstones suppressions } }';
  const identities = named.map((name) => {
    const at = name.indexOf('=');
    return at < 0 ? { namespace: 'email', value: name } : { namespace: name.slice(0, at), value: name.slice(at + 1) };
  });
  const done = readmissionSchema.parse(await ask(officer, query, { input: { identities, ...why } }));
  return `${done.tombstones} of ${named.length} kept somebody out and no longer do, ${done.suppressions} no longer suppressed as ERASED`;
}

async function exportTo(officer: Officer, file: string): Promise<number> {
  const isCsv = file.endsWith('.csv');
  const query = `query ($after: String) {
    suppressions(first: 100, after: $after) { entries { ${EXPORTED.join(' ')} } next }
  }`;
  const out = await open(file, 'w', 0o600);
  let count = 0;
  try {
    if (isCsv) await out.write(`${EXPORTED.join(',')}\n`);
    for (let after: string | null = null; ;) {
      const { entries, next }: z.infer<typeof pageSchema> = pageSchema.parse(await ask(officer, query, { after }));
      const lines = entries.map((entry) =>
        isCsv ? EXPORTED.map((name) => quoted(entry[name] ?? '')).join(',') : JSON.stringify(entry),
      );
      if (lines.length > 0) await out.write(`${lines.join('\n')}\n`);
      count += lines.length;
      if (next === null) return count;
      after = next;
    }
  } finally {
    await out.close();
  }
}

function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
