/**
 * `npm run suppression -- import bounces.csv` and `-- export suppressions.csv`: the addresses that must not be mailed, at the Facet that
 * runs. An import names addresses, or the keyed hashes of an export; an export holds hashes only, and can be imported again.
 */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { SUPPRESSION_COLUMNS } from '../../subgraphs/profiles/suppression.commands';
import { ask, describeImport, findOfficer, importFile } from '../officer';
import type { Officer } from '../officer';

const USAGE = `usage: npm run --silent suppression -- import|export <file.csv|file.ndjson>
columns: ${SUPPRESSION_COLUMNS.join(', ')}
FACET_URL and FACET_TOKEN (a privacy officer's, with operations:adhoc) where Facet does not run here in development`;

const EXPORTED = ['addressKey', 'reason', 'occurredAt', 'recordedAt', 'actor'] as const;
const pageSchema = z.object({
  entries: z.array(z.object(Object.fromEntries(EXPORTED.map((name) => [name, z.string()])))),
  next: z.string().nullable(),
});

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [action, file, ...rest] = positionals;
  if (file === undefined || rest.length > 0 || !/\.(csv|ndjson)$/.test(file)) throw new Error(USAGE);
  const { FACET_URL: url, FACET_TOKEN: token, FACET_DATA_DIR: dataDir = '.data' } = process.env;
  const officer = await findOfficer({ url, token, dataDir: path.resolve(dataDir) });
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
