/** `npm run token -- --role SUPPORT_AGENT --scope operations:adhoc --scope policy:explain`: prints a development token. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseGatewayConfig } from '../../gateway/config';
import { openDevIssuer } from '../../gateway/dev-credentials';
import { SCOPES, scopesOf } from '../../gateway/scopes';
import { ROLES } from '../../schema/policy';

const USAGE = `usage: npm run --silent token -- --role <${ROLES.join('|')}> [--scope <scope>]… [--customer <id>] [--ttl <seconds>]
scopes: ${SCOPES.join(', ')} (not for RENDERER, ANALYST and ADMIN); --customer is needed for DATA_SUBJECT`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      role: { type: 'string' },
      scope: { type: 'string', multiple: true, default: [] },
      customer: { type: 'string' },
      ttl: { type: 'string', default: '3600' },
    },
  });
  const role = ROLES.find((each) => each === values.role);
  if (role === undefined || (role === 'DATA_SUBJECT' && values.customer === undefined)) throw new Error(USAGE);
  const allowed: readonly string[] = scopesOf(role);
  const stray = values.scope.find((scope) => !allowed.includes(scope));
  if (stray !== undefined) throw new Error(`Expected scopes of ${allowed.join(', ')} for ${role}; came "${stray}".`);
  const config = parseGatewayConfig(process.env);
  if (config.FACET_PROFILE === 'production') throw new Error('Tokens are made here for development only.');
  const issuer = await openDevIssuer(path.resolve(config.FACET_DATA_DIR), Date.now);
  const token = await issuer.issue({
    subject: `token-${role.toLowerCase()}`,
    role,
    scopes: values.scope,
    ttlSeconds: Number(values.ttl),
    ...(values.customer === undefined ? {} : { customerId: values.customer }),
  });
  console.log(token);
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
