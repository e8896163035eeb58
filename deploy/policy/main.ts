/**
 * `npm run policy:print` shows who may see what for which purpose, and how long it is kept. `npm run policy:diff [-- --from <file>]` compares the table in
 * force with an earlier one (the contract's, when none is named) and says which templates and how many stored subjects a change affects.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseGatewayConfig } from '../../gateway/config';
import { policyTables } from '../../schema/policy-table';
import { comparePolicies, parsePolicy, printPolicy, printRetention } from '../../schema/policy-text';
import { retentionTable } from '../../schema/retention-table';
import { readNotices } from '../../subgraphs/profiles/notices';
import { openExistingStore } from '../existing-store';
import { effectOnTemplates } from '../policy-effect';
import { describeEffect, readTemplateUses } from '../template-uses';

const CONTRACT = path.join('schema', 'generated', 'policy.json');
const USAGE = `usage: npm run policy:print | npm run policy:diff [-- --from <file>]   (default: ${CONTRACT})`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { from: { type: 'string', default: CONTRACT } },
    allowPositionals: true,
  });
  const [command] = positionals;
  if (command === 'print') console.log(`${printPolicy(policyTables)}\n${printRetention(retentionTable)}`);
  else if (command === 'diff') await diff(values.from);
  else throw new Error(USAGE);
}

async function diff(from: string): Promise<void> {
  const before = parsePolicy(readFileSync(from, 'utf8'));
  const changes = comparePolicies(before, policyTables);
  if (changes.length === 0) {
    console.log(`The policy in force is that of ${from}.`);
    return;
  }
  for (const { place, before: was, after: is } of changes) {
    console.log(`${place}: ${JSON.stringify(was)} → ${JSON.stringify(is)}`);
  }

  const config = parseGatewayConfig(process.env);
  const store = await openExistingStore(config, path.resolve(config.FACET_DATA_DIR));
  const now = Date.now();
  try {
    const notices = await readNotices(config.FACET_NOTICES_FILE);
    const { subjects, effects } = await effectOnTemplates({
      templates: readTemplateUses(),
      before: { tables: before, observes: [] },
      after: { tables: policyTables, observes: [] },
      store,
      now,
      notices,
    });
    console.log(`\n${subjects} stored subjects looked at${store === null ? ' (there is no store here)' : ''}.`);
    if (effects.length === 0) console.log('No template answers differently for any of them.');
    for (const effect of effects) console.log(describeEffect(effect));
  } finally {
    await store?.close();
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
