/**
 * Configuration: environment variables, parsed once. A wrong one stops the start with what was expected and what came. The
 * README's table and this schema are held equal by a test.
 */
import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/, 'a namespace like braze.external_id');

export const configSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000).describe('Port of the gateway; 0 takes a free one.'),
  FACET_HOST: z.string().min(1).default('127.0.0.1').describe('Address the gateway binds.'),
  FACET_PROFILE: z
    .enum(['development', 'production'])
    .default('development')
    .describe('production: trusted documents only, secrets and keys from the environment.'),
  FACET_DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('Folder of the store, the credentials and endpoints.json.'),
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
  FACET_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .optional()
    .describe('Lowest level written to standard error; info in production, warn in development.'),
  FACET_JWKS_URL: z.url().optional().describe('Where the keys of client tokens are published; required in production.'),
  FACET_ISSUER: z.string().min(1).optional().describe('Issuer of client tokens; required in production.'),
  FACET_AUDIENCE: z.string().min(1).default('facet').describe('Audience client tokens must name.'),
  FACET_IDENTITY_SECRET: z.string().min(32).optional().describe('Key of the identity index; required in production.'),
  FACET_MASK_SECRET: z.string().min(32).optional().describe('Key of the HASH mask; required in production.'),
  FACET_SYNC_INTERVAL_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .default(900)
    .describe('Seconds between two syncs of a source.'),
});

export type Config = z.infer<typeof configSchema>;

const REQUIRED_IN_PRODUCTION = [
  'FACET_JWKS_URL',
  'FACET_ISSUER',
  'FACET_IDENTITY_SECRET',
  'FACET_MASK_SECRET',
] as const;

/** Errors: ConfigError, one line per variable. Values of variables whose name says SECRET or TOKEN are never shown. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<Schema> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => {
    const variable = String(path[0] ?? 'configuration');
    const came = present[variable];
    const shown =
      came === undefined
        ? 'nothing'
        : /SECRET|TOKEN|KEY/.test(variable)
          ? 'a value not shown here'
          : JSON.stringify(came);
    return `${variable}: ${message.replace(/^Invalid (option|input): /, '')}; came ${shown}`;
  });
  throw new ConfigError(lines);
}

/** Errors: ConfigError. */
export function parseGatewayConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const config = parseConfig(configSchema, environment);
  const missing =
    config.FACET_PROFILE === 'production' ? REQUIRED_IN_PRODUCTION.filter((each) => config[each] === undefined) : [];
  if (missing.length > 0) throw new ConfigError(missing.map((each) => `${each}: required in production; came nothing`));
  return config;
}

export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The configuration is wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
