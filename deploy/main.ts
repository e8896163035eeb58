/** `npm start`: the process boundary of the all-in-one start. Reads the environment, prints, and ends on a signal. */
// Before anything is loaded: graphql-js checks every type at run time otherwise, a tenth of the time of a subgraph.
process.env.NODE_ENV ??= 'production';
import path from 'node:path';
import closeWithGrace from 'close-with-grace';
import { z } from 'zod';
import { logLevelOf, parseGatewayConfig } from '../gateway/config';
import { createLogger } from '../gateway/log';
import { ConfigError, parseEnvironment } from '../schema/environment';
import { errorCodeOf } from '../schema/errors';
import { sources } from '../subgraphs/sources';
import { startFacet } from './start';
import type { Facet } from './start';
import { createProgress, describe } from './terminal';

const startSchema = z.object({
  SIMULATOR_CUSTOMERS: z.coerce
    .number()
    .int()
    .min(50)
    .optional()
    .describe('People in the simulated population; 1000 when the data folder holds none yet.'),
  FACET_SIMULATOR: z.enum(['on', 'off']).default('on').describe('off: the sources’ variables name real vendors.'),
});

async function main(): Promise<void> {
  const config = parseGatewayConfig(process.env);
  const { SIMULATOR_CUSTOMERS, FACET_SIMULATOR } = parseEnvironment(startSchema, process.env);
  const progress = createProgress(process.stderr);

  let facet: Facet | undefined = undefined;
  closeWithGrace({ delay: 12_000, logger: false }, async ({ err }) => {
    if (err) console.error(err.message);
    await facet?.close();
  });

  facet = await startFacet({
    config,
    sourceSettings: process.env,
    simulator:
      FACET_SIMULATOR === 'off' ? null : SIMULATOR_CUSTOMERS === undefined ? {} : { customers: SIMULATOR_CUSTOMERS },
    sources,
    templatesDir: path.join(__dirname, '..', 'schema', 'templates'),
    log: createLogger({ level: logLevelOf(config), destination: process.stderr }),
    now: Date.now,
    onProgress: progress.update,
  });
  progress.stop();
  console.log(describe(facet, process.cwd()));
  console.log('ready');
}

main().catch((error: unknown) => {
  console.error(
    error instanceof ConfigError ? error.message : `Facet could not start: ${explain(error as NodeJS.ErrnoException)}`,
  );
  process.exit(1);
});

function explain(error: NodeJS.ErrnoException): string {
  const { code, message } = error;
  const coded = errorCodeOf(error);
  if (coded !== 'INTERNAL_SERVER_ERROR') return `${coded}: ${message}`;
  return code === 'EADDRINUSE'
    ? `EADDRINUSE: the port is taken by another program; set PORT to another one (0: a free one).`
    : message;
}
