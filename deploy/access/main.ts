/** `npm run access:review`: prints who may see what, by which credential, and when each was last used. Changes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { readKeyFile } from '../../gateway/api-keys/key-file';
import { readKeyUses } from '../../gateway/api-keys/last-used';
import { parseGatewayConfig } from '../../gateway/config';
import { DEMO_PRINCIPALS } from '../../gateway/dev-credentials';
import { keyFilesOf } from '../../gateway/principals';
import { approvalsFileOf, readApprovals } from '../../gateway/template-approvals';
import { readTemplates } from '../../gateway/templates';
import { describeAccess } from '../access-review';

const TEMPLATES = path.join('schema', 'templates');

function main(): void {
  const config = parseGatewayConfig(process.env, { alone: true });
  const { file, usesFile } = keyFilesOf(config, path.resolve(config.FACET_DATA_DIR));
  const publicSchema = buildSchema(readFileSync(path.join('schema', 'generated', 'api.graphql'), 'utf8'));
  const issuer =
    config.FACET_PROFILE === 'production'
      ? `from ${config.FACET_ISSUER}, for the audience ${config.FACET_AUDIENCE}, keys at ${config.FACET_JWKS_URL}; whom they are given to, the issuer knows`
      : `from the development issuer of this folder, to anybody who may read it; demo principals: ${Object.keys(DEMO_PRINCIPALS).join(', ')}`;
  console.log(
    describeAccess({
      keys: readKeyFile(file),
      uses: readKeyUses(usesFile),
      templates: readTemplates(TEMPLATES, publicSchema),
      approvals: readApprovals(approvalsFileOf(TEMPLATES)),
      profile: config.FACET_PROFILE,
      issuer,
      now: Date.now(),
    }),
  );
  if (!existsSync(file)) console.log(`(There is no file of API keys yet: ${file})`);
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
