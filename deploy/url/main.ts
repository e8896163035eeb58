/**
 * `npm run url -- win-back --key sfmc --customer <id>`: signs template URLs for a sender that can send no header. Without a customer, ids
 * are read from standard input, one a line, and a URL is printed for each.
 */
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openApiKeys } from '../../gateway/api-keys';
import { parseGatewayConfig } from '../../gateway/config';
import { keyFilesOf, openUrlSecret } from '../../gateway/principals';
import { MAX_URL_DAYS, signTemplateUrl } from '../../gateway/signed-url';
import type { CustomerReference } from '../../gateway/template-routes';

const USAGE = `usage: npm run --silent url -- <template> --key <id of an API key> [--customer <id>] [--namespace <namespace>] [--days 7] [--origin <url>]
--namespace: the customer is named by an id of the sender's; without --customer, ids are read from standard input`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string', default: '' },
      customer: { type: 'string' },
      namespace: { type: 'string' },
      days: { type: 'string', default: '7' },
      origin: { type: 'string' },
    },
  });
  const [template = '', ...rest] = positionals;
  if (template === '' || rest.length > 0) throw new Error(USAGE);
  const days = Number(values.days);
  if (!(days > 0 && days <= MAX_URL_DAYS)) {
    throw new Error(`Expected --days of up to ${MAX_URL_DAYS}; came ${values.days}.`);
  }
  const config = parseGatewayConfig(process.env, { alone: true });
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const urlSecret = await openUrlSecret(config, dataDir);
  if (urlSecret === null) throw new Error('Expected FACET_URL_SECRET, the one of the gateway; came nothing.');
  const now = Date.now();
  const found = openApiKeys({ ...keyFilesOf(config, dataDir), now: () => now, onTrouble: () => {} }).find(values.key);
  const newest = found?.secrets.at(-1);
  if (newest === undefined) throw new Error(`Expected --key with the id of a key in use; came "${values.key}".`);

  const origin = (values.origin ?? config.FACET_PUBLIC_URL ?? `http://${config.FACET_HOST}:${config.PORT}`).replace(
    /\/$/,
    '',
  );
  // No URL outlives the secret it is signed under.
  const expires = Math.floor(Math.min(now + days * 24 * 3_600_000, Date.parse(newest.expiresAt)) / 1000);
  const print = (id: string) => {
    const customer: CustomerReference =
      values.namespace === undefined
        ? { kind: 'id', id }
        : { kind: 'identity', namespace: values.namespace, value: id };
    const signing = { urlSecret, keyId: values.key, sha256: newest.sha256, expires };
    console.log(`${origin}${signTemplateUrl({ template, customer }, signing)}`);
  };
  if (values.customer !== undefined) return print(values.customer);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') print(line.trim());
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
