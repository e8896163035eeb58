/**
 * Runs the simulator alone: `SIMULATOR_CUSTOMERS` (default 1000, or what is kept), `SIMULATOR_DATA_DIR` (default
 * .data/simulator), `SIMULATOR_HUBSPOT_PORT` and so on for each vendor (default free ones). Prints the URLs, not the
 * credentials: those are in credentials.json of the data directory. The folder's only process boundary.
 */
import { startSimulator, type SimulatorOptions } from './simulator';
import { VENDORS } from './vendor';

/** Errors: throws RangeError when the variable is set but is not a whole number. */
function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw new RangeError(`${name}: expected a whole number, but got ${text}`);
  return Number(text);
}

async function main(): Promise<void> {
  const dataDir = process.env.SIMULATOR_DATA_DIR || '.data/simulator';
  const customers = wholeNumber('SIMULATOR_CUSTOMERS');
  const ports = Object.fromEntries(
    VENDORS.map((vendor) => [vendor, wholeNumber(`SIMULATOR_${vendor.toUpperCase()}_PORT`) ?? 0]),
  );
  const options: SimulatorOptions = { dataDir, ports, ...(customers && { customers }) };
  const simulator = await startSimulator(options);
  for (const [vendor, url] of Object.entries(simulator.urls)) console.log(`${vendor.padEnd(10)}${url}`);
  console.log(`${simulator.population.customers} customers, credentials and changes in ${dataDir}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      simulator.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
