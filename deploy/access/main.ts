/** `npm run access:review`: prints who may see what, by which credential, and who last did. Changes nothing but that the review is in the audit trail; a running Facet goes on. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readKeyFile } from '../../gateway/api-keys/key-file';
import { readKeyUses } from '../../gateway/api-keys/last-used';
import { parseGatewayConfig } from '../../gateway/config';
import type { Config } from '../../gateway/config';
import { DEMO_PRINCIPALS } from '../../gateway/dev-credentials';
import { keyFilesOf } from '../../gateway/principals';
import { approvalsFileOf, readApprovals } from '../../gateway/template-approvals';
import { findNotedPolicy, nameOfPolicy } from '../../subgraphs/profiles/audit/policy-note';
import { describeAccess } from '../access-review';
import type { AccessFacts } from '../access-review';
import { openAdministration } from '../administration';
import { readContractTemplates, TEMPLATES } from '../contract-templates';
import { openExistingStore } from '../existing-store';
import { findLastActs } from '../last-acts';

async function main(): Promise<void> {
  const config = parseGatewayConfig(process.env);
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const { file, usesFile } = keyFilesOf(config, dataDir);
  const administer = await openAdministration(config, dataDir);
  const issuer =
    config.FACET_PROFILE === 'production'
      ? `from ${config.FACET_ISSUER}, for the audience ${config.FACET_AUDIENCE}, keys at ${config.FACET_JWKS_URL}; whom they are given to, the issuer knows`
      : `from the development issuer of this folder, to anybody who may read it; demo principals: ${Object.keys(DEMO_PRINCIPALS).join(', ')}`;
  console.log(
    describeAccess({
      keys: readKeyFile(file),
      uses: readKeyUses(usesFile),
      templates: readContractTemplates(),
      approvals: readApprovals(approvalsFileOf(TEMPLATES)),
      profile: config.FACET_PROFILE,
      ...(await readStore(config, dataDir)),
      issuer,
      now: Date.now(),
    }),
  );
  await administer('reviewAccess', {});
  if (!existsSync(file)) console.log(`(There is no file of API keys yet: ${file})`);
}

async function readStore(config: Config, dataDir: string): Promise<Pick<AccessFacts, 'lastActs' | 'policy'>> {
  const here = nameOfPolicy();
  const store = await openExistingStore(config, dataDir);
  if (store === null) return { lastActs: null, policy: { here, noted: null } };
  try {
    const noted = await findNotedPolicy(store);
    return {
      lastActs: await findLastActs(store),
      policy: { here, noted: noted && { name: nameOfPolicy(noted.policy), at: noted.at } },
    };
  } finally {
    await store.close();
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
