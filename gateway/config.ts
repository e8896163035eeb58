/**
 * Configuration: environment variables, parsed once. A wrong one stops the start with what was expected and what came. The
 * README's table and this schema are held equal by a test.
 */
import { z } from 'zod';
import { ConfigError, parseEnvironment } from '../schema/environment';

const name = z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/, 'a namespace like braze.external_id');

const isKey = (text: string) => Buffer.from(text, 'base64').length === 32;

export const configSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000).describe('Port of the gateway; 0 takes a free one.'),
  FACET_HOST: z.string().min(1).default('127.0.0.1').describe('Address the gateway binds.'),
  FACET_PUBLIC_URL: z
    .url()
    .transform((url) => url.replace(/\/$/, ''))
    .optional()
    .describe(
      'Where vendors reach the gateway with their webhooks, which some sign, and people with the links of mails; the bound address when absent. In production https, and required where templates are answered.',
    ),
  FACET_PROFILE: z
    .enum(['development', 'production'])
    .default('development')
    .describe('production: trusted documents only, secrets and keys from the environment or from files.'),
  FACET_MODE: z
    .enum(['single', 'distributed'])
    .default('single')
    .describe('single: all subgraphs in this process; distributed: each as its own process over HTTP.'),
  FACET_DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('Folder of the store, the credentials and endpoints.json.'),
  FACET_STORE: z
    .enum(['embedded', 'mongodb'])
    .default('embedded')
    .describe('embedded: in the data folder, nothing to install; mongodb: at MONGODB_URI.'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'expected mongodb://… or mongodb+srv://…')
    .optional()
    .describe('Connection string of a replica set or sharded cluster; its database, or `facet`, holds the store.'),
  MONGODB_ALLOW_STANDALONE: z
    .stringbool()
    .default(false)
    .describe('true: take a standalone server, too, without transactions and subscriptions.'),
  FACET_SENDER_NAMESPACES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    )
    .pipe(z.array(name))
    .describe('Namespaces of senders’ own ids, separated by commas: braze.external_id.'),
  FACET_NOTICES_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('JSON list of the notices people consent on, with the time from which one is not valid any more.'),
  FACET_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .optional()
    .describe('Lowest level written to standard error; info in production, warn in development.'),
  FACET_JWKS_URL: z.url().optional().describe('Where the keys of client tokens are published; required in production.'),
  FACET_ISSUER: z.string().min(1).optional().describe('Issuer of client tokens; required in production.'),
  FACET_AUDIENCE: z.string().min(1).default('facet').describe('Audience client tokens must name.'),
  FACET_API_KEYS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('File of the API keys, hashes only; `api-keys.json` in the data folder when absent.'),
  FACET_URL_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('Key that signs template URLs; without it none is accepted in production.'),
  FACET_IDENTITY_SECRET: z.string().min(32).optional().describe('Key of the identity index; required in production.'),
  FACET_ENCRYPTION_KEYS: z
    .string()
    .transform((list) => list.split(',').map((each) => each.trim()))
    .pipe(z.array(z.string().refine(isKey, 'expected base64 of 32 bytes')))
    .optional()
    .describe(
      'Keys that wrap the data key of each subject, base64 of 32 bytes each, separated by commas, the current one first; required in production.',
    ),
  FACET_MASK_SECRET: z.string().min(32).optional().describe('Key of the HASH mask; required in production.'),
  FACET_SIGNING_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('Secret of the Ed25519 key that signs erasure receipts and audit roots; required in production.'),
  FACET_SUBGRAPH_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(5_000)
    .default(800)
    .describe('Milliseconds a subgraph may take; its source gets three quarters of them.'),
  FACET_SYNC_INTERVAL_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .default(900)
    .describe('Seconds between two syncs of a source.'),
});

const policyKeys = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('expected JSON');
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.string().min(32)));

/** What the gateway needs besides when it runs alone. `SUBGRAPH_<NAME>_URL` are read beside it, since their names are not known. */
export const aloneConfigSchema = z.object({
  SUPERGRAPH_FILE: z.string().min(1).describe('Its SDL; subgraphs are where `@join__graph` says.'),
  FACET_POLICY_KEYS: policyKeys
    .default({})
    .describe(
      '`{"<name>": "<32 characters or more>"}`: keys of the header signed for each subgraph; required for all of them when the graph holds personal data.',
    ),
  FACET_TEMPLATES_DIR: z.string().min(1).optional().describe('Folder of the templates’ operations; none when absent.'),
});

export type Config = z.infer<typeof configSchema>;

/** The lowest level that is written where none is configured: what an operator reads, or a newcomer. */
export function logLevelOf({ FACET_LOG_LEVEL: level, FACET_PROFILE: profile }: Config): string {
  return level ?? (profile === 'production' ? 'info' : 'warn');
}

/** What only those need who open the store or mask. */
export const STORE_SECRETS = [
  'FACET_IDENTITY_SECRET',
  'FACET_MASK_SECRET',
  'FACET_SIGNING_SECRET',
  'FACET_ENCRYPTION_KEYS',
] as const;
/** Where the store is: for those who open it. */
export const STORE_PLACE = ['FACET_STORE', 'MONGODB_URI', 'MONGODB_ALLOW_STANDALONE'] as const;
const REQUIRED_IN_PRODUCTION = ['FACET_JWKS_URL', 'FACET_ISSUER'] as const;

/** One-click links are followed without a login: RFC 8058 § 3.1 wants https, and a mail cannot name an address that only this machine has. */
function wrongOfPublicUrl(
  { FACET_PUBLIC_URL: url }: Pick<Config, 'FACET_PUBLIC_URL'>,
  { required }: { readonly required: boolean },
): string[] {
  if (url === undefined ? !required : url.startsWith('https://')) return [];
  return [
    `FACET_PUBLIC_URL: expected an https URL in production (RFC 8058); came ${url === undefined ? 'nothing' : JSON.stringify(url)}`,
  ];
}

/** `alone`: for a gateway that holds no store, and none of its secrets. `mails`: it answers templates, whose links people follow. Errors: ConfigError. */
export function parseGatewayConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { alone = false, mails = !alone }: { readonly alone?: boolean; readonly mails?: boolean } = {},
): Config {
  const config = parseEnvironment(configSchema, environment);
  const required = alone ? REQUIRED_IN_PRODUCTION : [...REQUIRED_IN_PRODUCTION, ...STORE_SECRETS];
  const missing = config.FACET_PROFILE === 'production' ? required.filter((each) => config[each] === undefined) : [];
  const wrong = missing.map((each) => `${each}: required in production; came nothing`);
  if (config.FACET_PROFILE === 'production') wrong.push(...wrongOfPublicUrl(config, { required: mails }));
  if (wrong.length > 0) throw new ConfigError(wrong);
  return config;
}
