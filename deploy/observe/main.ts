/**
 * `npm run observe -- start --purpose EMAIL_MARKETING --days 14 --reason "…"`: the privacy officer signs that, for a time, missing consent is
 * only observed; `show` says what is in force and whom its end will stop; `end` ends it, for an officer too. In development the demo officer
 * acts; in production the officer's token or API key is read from standard input, so that no list of processes shows it.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseGatewayConfig } from '../../gateway/config';
import type { Config } from '../../gateway/config';
import { MAX_OBSERVATION_DAYS, OBSERVABLE } from '../../schema/observation';
import type { Observation } from '../../schema/observation';
import { policyTables } from '../../schema/policy-table';
import { readNotices } from '../../subgraphs/profiles/notices';
import {
  observationFileOf,
  readObservationFile,
  removeObservation,
  verifyObservation,
  writeObservation,
} from '../../subgraphs/profiles/observation-file';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openAdministration } from '../administration';
import { openExistingStore } from '../existing-store';
import { checkOfficer, describeObservation, prepareObservation } from '../observe';
import { authenticateOfficer } from '../officer-credential';
import { effectOnTemplates } from '../policy-effect';
import { openSecrets } from '../secrets';
import { describeEffect, readTemplateUses } from '../template-uses';

const USAGE = `usage: npm run --silent observe -- start --purpose <${OBSERVABLE.join('|')}>… --days <1–${MAX_OBSERVATION_DAYS}> --reason "<why>"
                                     [--role RENDERER]… [--template <name>]…   (in production: < a file with the officer’s token)
       npm run --silent observe -- show
       npm run --silent observe -- end   (in production: < a file with the officer’s token)`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      purpose: { type: 'string', multiple: true, default: [] },
      role: { type: 'string', multiple: true, default: ['RENDERER'] },
      template: { type: 'string', multiple: true, default: [] },
      days: { type: 'string', default: '' },
      reason: { type: 'string', default: '' },
    },
  });
  const [action, ...rest] = positionals;
  if (rest.length > 0) throw new Error(USAGE);
  const config = parseGatewayConfig(process.env);
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const file = observationFileOf(dataDir);
  switch (action) {
    case 'start': {
      const { purpose: purposes, role: roles, template: templates, days, reason } = values;
      const said = prepareObservation({
        asked: { purposes, roles, templates, days: Number(days), reason },
        templates: readTemplateUses(),
        principal: await authenticateOfficer({ config, dataDir, streams: process }),
        profile: config.FACET_PROFILE,
        now: Date.now(),
      });
      const { signing } = await openSecrets(config, dataDir);
      console.log(describeObservation(await writeObservation(file, said, createSigning(signing))));
      return console.log(
        `Written to ${file}; a running Facet notices within a second. To end it: npm run observe -- end`,
      );
    }
    case 'show':
      return show(config, dataDir, file);
    case 'end':
      await end(config, dataDir, file);
      return console.log('Nothing is observed any more; a running Facet notices within a second.');
    default:
      throw new Error(USAGE);
  }
}

async function end(config: Config, dataDir: string, file: string): Promise<void> {
  const administer = await openAdministration(config, dataDir);
  const principal = await authenticateOfficer({ config, dataDir, streams: process });
  checkOfficer(principal);
  await removeObservation(file);
  await administer('endObservation', {}, principal);
}

async function show(config: Config, dataDir: string, file: string): Promise<void> {
  const document = await readObservationFile(file);
  if (document === null) return console.log('Nothing is observed: missing consent withholds.');
  const { publicKey } = createSigning((await openSecrets(config, dataDir)).signing);
  const found = verifyObservation(document, { publicKey, profile: config.FACET_PROFILE, now: Date.now() });
  if (typeof found === 'string') return console.log(`${found}: ${file} is refused, and missing consent withholds.`);
  console.log(describeObservation(found));
  await showEffect(config, dataDir, found);
}

/** Whom the templates will not reach any more once it ends. */
async function showEffect(config: Config, dataDir: string, { purposes, roles, templates }: Observation): Promise<void> {
  const covered = readTemplateUses().filter(({ name }) => templates === null || templates.includes(name));
  if (!roles.includes('RENDERER') || covered.length === 0) return;
  const store = await openExistingStore(config, dataDir);
  try {
    const { subjects, effects } = await effectOnTemplates({
      templates: covered,
      before: { tables: policyTables, observes: purposes },
      after: { tables: policyTables, observes: [] },
      store,
      now: Date.now(),
      notices: await readNotices(config.FACET_NOTICES_FILE),
    });
    console.log(`When it ends, of ${subjects} stored subjects:`);
    if (effects.length === 0) console.log('  no template answers differently for any of them.');
    for (const effect of effects) console.log(`  ${describeEffect(effect)}`);
  } finally {
    await store?.close();
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
