/**
 * `npm run approve -- order-follow-up`: the privacy officer approves a template that rests on no consent, as it is now. In development the
 * demo officer does; in production the officer's token or API key is read from standard input, so that no list of processes shows it.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseGatewayConfig } from '../../gateway/config';
import { writeWhole } from '../../gateway/data-folder';
import { approvalsFileOf, approve, readApprovals } from '../../gateway/template-approvals';
import { readTemplateFiles } from '../../gateway/templates';
import { openAdministration } from '../administration';
import { readContractTemplates, TEMPLATES } from '../contract-templates';
import { authenticateOfficer } from '../officer-credential';

const USAGE = 'usage: npm run --silent approve -- <template>   (in production: < a file with the officer’s token)';

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new Error(USAGE);
  const template = readContractTemplates().find((each) => each.name === name);
  if (template === undefined) throw new Error(`Expected a template of ${TEMPLATES}; there is none called "${name}".`);

  const config = parseGatewayConfig(process.env, { alone: true });
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const administer = await openAdministration(config, dataDir);
  const principal = await authenticateOfficer({ config, dataDir, streams: process });

  const file = approvalsFileOf(TEMPLATES);
  const given = { principal, profile: config.FACET_PROFILE, now: Date.now() };
  const approvals = approve(readApprovals(file), template, given);
  await writeWhole(file, `${JSON.stringify(approvals, null, 2)}\n`);
  await administer('approveTemplate', { template: name, sha256: approvals[name]?.documentId ?? null }, principal);
  console.log(readTemplateFiles(TEMPLATES)[name]?.trimEnd());
  console.log(
    `\nApproved by ${principal.id}, written to ${file}. It counts from the next start, until the document changes.`,
  );
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
