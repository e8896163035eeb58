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
  .then(({ chains, ledgers }) => {
    for (const { chainId, entries, signed, faults } of chains) {
      const open = entries - signed;
      console.log(`${chainId}: ${entries} entries, ${signed} signed, ${open} since the last root`);
      tell(faults.map(({ seq, what }) => `entry ${seq}: ${what}`));
    }
    console.log(`consent: ${ledgers.events} events of ${ledgers.customers} customers`);
    tell(ledgers.faults.map(({ customerId, seq, what }) => `${customerId}${seq ? `, event ${seq}` : ''}: ${what}`));
    const trailHolds = chains.every(({ faults }) => faults.length === 0);
    const consentHolds = ledgers.faults.length === 0;
    console.log(`The audit trail ${trailHolds ? 'holds' : 'does NOT hold'}.`);
    console.log(`The consent ledgers ${consentHolds ? 'hold' : 'do NOT hold'}.`);
    process.exitCode = trailHolds && consentHolds ? 0 : 1;
  })
  .catch((error: unknown) => {
    console.error(`The audit trail could not be verified: ${(error as Error).message}`);
    process.exitCode = 2;
  });

function tell(lines: readonly string[]): void {
  for (const line of lines.slice(0, 100)) console.log(`  ${line}`);
  if (lines.length > 100) console.log(`  and ${lines.length - 100} more`);
}
