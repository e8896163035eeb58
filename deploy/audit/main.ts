/** `npm run audit:verify [-- --data-dir DIR] [--roots DIR]`: prints what holds, and ends with 1 when something does not. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseEnvironment } from '../../schema/environment';
import { storePlaceOf, storeSchema } from '../../subgraphs/profiles/store/store-place';
import { verifyAudit } from '../audit-verify';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, roots: { type: 'string' } } });
const dataDir = path.resolve(values['data-dir'] ?? process.env.FACET_DATA_DIR ?? '.data');

async function verify() {
  const place = storePlaceOf(parseEnvironment(storeSchema, process.env), dataDir);
  return verifyAudit({ ...place, auditDir: values.roots ?? path.join(dataDir, 'audit') });
}

verify()
  .then((verdicts) => {
    for (const { chainId, entries, signed, faults } of verdicts) {
      const open = entries - signed;
      console.log(`${chainId}: ${entries} entries, ${signed} signed, ${open} since the last root`);
      for (const { seq, what } of faults.slice(0, 100)) console.log(`  entry ${seq}: ${what}`);
      if (faults.length > 100) console.log(`  and ${faults.length - 100} more`);
    }
    const isSound = verdicts.every(({ faults }) => faults.length === 0);
    console.log(isSound ? 'The audit trail holds.' : 'The audit trail does NOT hold.');
    process.exitCode = isSound ? 0 : 1;
  })
  .catch((error: unknown) => {
    console.error(`The audit trail could not be verified: ${(error as Error).message}`);
    process.exitCode = 2;
  });
