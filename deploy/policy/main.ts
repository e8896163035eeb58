/**
 * `npm run policy:print` shows who may see what for which purpose. `npm run policy:diff [-- --from <file>]` compares the table in
 * force with an earlier one (the contract's, when none is named) and says which templates and how many stored subjects a change affects.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseGatewayConfig } from '../../gateway/config';
import { readTemplates } from '../../gateway/templates';
import { categoriesOfCustomer } from '../../schema/classification';
import { policyTables } from '../../schema/policy-table';
import { comparePolicies, parsePolicy, printPolicy } from '../../schema/policy-text';
import { subjectStateOf } from '../../subgraphs/profiles/subject';
import { sources } from '../../subgraphs/sources';
import { defineSubgraphs } from '../../subgraphs/start';
import { publicSchemaOf } from '../contract';
import { TEMPLATES } from '../contract-templates';
import { openExistingStore } from '../existing-store';
import { categoriesIn, effectOnTemplates } from '../policy-effect';
import type { TemplateEffect, TemplateUse } from '../policy-effect';

const CONTRACT = path.join('schema', 'generated', 'policy.json');
const USAGE = `usage: npm run policy:print | npm run policy:diff [-- --from <file>]   (default: ${CONTRACT})`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { from: { type: 'string', default: CONTRACT } },
    allowPositionals: true,
  });
  const [command] = positionals;
  if (command === 'print') console.log(printPolicy(policyTables));
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
    const { subjects, effects } = await effectOnTemplates({
      templates: readUses(),
      before,
      after: policyTables,
      store,
      // The suppression list is left out: it stops the same people under both tables.
      stateOf: (profile) => subjectStateOf(profile, now),
    });
    console.log(`\n${subjects} stored subjects looked at${store === null ? ' (there is no store here)' : ''}.`);
    if (effects.length === 0) console.log('No template answers differently for any of them.');
    for (const effect of effects) console.log(describe(effect));
  } finally {
    await store?.close();
  }
}

function readUses(): TemplateUse[] {
  const subgraphs = defineSubgraphs(sources, 'not used: nothing is masked here');
  const categoriesOf = new Map(subgraphs.flatMap(({ schema }) => [...categoriesOfCustomer(schema)]));
  const publicSchema = publicSchemaOf(subgraphs);
  return readTemplates(TEMPLATES, publicSchema).map(({ name, contract, document }) => ({
    name,
    purpose: contract.purpose,
    topic: contract.topic,
    categories: categoriesIn(document, publicSchema, categoriesOf),
  }));
}

function describe({ template, categories, noLongerMailed, newlyMailed, seenDifferently }: TemplateEffect): string {
  const counts = [
    [noLongerMailed, 'may be mailed no more'],
    [newlyMailed, 'may be mailed now'],
    [seenDifferently, 'are seen differently'],
  ] as const;
  const parts = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return `template ${template}: ${parts.join(', ')}; categories: ${categories.join(', ')}`;
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
