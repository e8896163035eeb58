/**
 * `npm run consent:import -- consents.csv`: consent that was collected elsewhere, from CSV or NDJSON, into the ledger of the Facet that
 * runs. A row that is refused is told by its line and keeps no other from being recorded; the same file can be imported again.
 */
import { parseArgs } from 'node:util';
import { CONSENT_COLUMNS } from '../../subgraphs/profiles/consent-import';
import { describeImport, findOfficer, importFile } from '../officer';

const USAGE = `usage: npm run --silent consent:import -- <file.csv|file.ndjson>
columns: ${CONSENT_COLUMNS.join(', ')}
FACET_URL and FACET_TOKEN or FACET_TOKEN_FILE (a privacy officer's, with operations:adhoc) where Facet does not run here in development`;

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new Error(USAGE);
  const officer = await findOfficer(process.env);
  const imported = await importFile(officer, file, {
    field: 'importConsents',
    rowType: 'ConsentRowInput',
    columns: CONSENT_COLUMNS,
  });
  imported.refused.forEach((line) => console.error(line));
  console.log(describeImport(imported));
  if (imported.refused.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
