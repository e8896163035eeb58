/** `npm run keys -- create braze-eu --role RENDERER`: makes, rotates, revokes and lists API keys. A secret is printed once and kept nowhere. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeApiKey } from '../../gateway/api-keys';
import { changeKeyFile, KEY_ROLES, readKeyFile } from '../../gateway/api-keys/key-file';
import { readKeyUses } from '../../gateway/api-keys/last-used';
import { createKey, revokeKey, rotateKey } from '../../gateway/api-keys/lifecycle';
import type { MadeKey } from '../../gateway/api-keys/lifecycle';
import { parseGatewayConfig } from '../../gateway/config';
import { keyFilesOf } from '../../gateway/principals';
import { SCOPES } from '../../gateway/scopes';
import { openAdministration } from '../administration';
import { describeKeys } from '../key-table';

const USAGE = `usage: npm run --silent keys -- create <id> --role <${KEY_ROLES.join('|')}> [--scope <scope>]… [--days 90]
       npm run --silent keys -- rotate <id> [--overlap-hours 24] [--days 90]
       npm run --silent keys -- revoke <id>
       npm run --silent keys -- list
scopes: ${SCOPES.join(', ')}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      role: { type: 'string', default: '' },
      scope: { type: 'string', multiple: true, default: [] },
      days: { type: 'string', default: '90' },
      'overlap-hours': { type: 'string', default: '24' },
    },
  });
  const [action, id = '', ...rest] = positionals;
  if (rest.length > 0 || (action !== 'list' && id === '')) throw new Error(USAGE);
  const config = parseGatewayConfig(process.env, { alone: true });
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const { file, usesFile } = keyFilesOf(config, dataDir);
  const administer = action === 'list' ? async () => {} : await openAdministration(config, dataDir);
  const days = Number(values.days);
  const now = Date.now();
  switch (action) {
    case 'create': {
      const { role, scope: scopes } = values;
      const made = await changeKeyFile(file, (keys) => createKey(keys, { id, role, scopes, days }, now));
      await administer('createKey', { key: id, role, scopes: scopes.join(' '), expiresAt: made.expiresAt });
      return print(made);
    }
    case 'rotate': {
      const overlapHours = Number(values['overlap-hours']);
      const made = await changeKeyFile(file, (keys) => rotateKey(keys, { id, days, overlapHours }, now));
      await administer('rotateKey', { key: id, overlapHours, expiresAt: made.expiresAt });
      print(made);
      return console.log(`The old secret is accepted for ${overlapHours} hours more.`);
    }
    case 'revoke':
      await changeKeyFile(file, (keys) => revokeKey(keys, id, now));
      await administer('revokeKey', { key: id });
      return console.log(`${id} is revoked; a running gateway refuses it within a second.`);
    case 'list':
      return console.log(describeKeys(readKeyFile(file), readKeyUses(usesFile), now));
    default:
      throw new Error(USAGE);
  }
}

function print(made: MadeKey): void {
  console.log(`authorization: Bearer ${writeApiKey(made)}`);
  console.log(`or Basic: user ${made.id}, password ${made.secret}`);
  console.log(`Shown this once; it ends ${made.expiresAt}.`);
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
