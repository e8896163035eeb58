/**
 * Environment variables against a schema: what is wrong is said in one line each, with what was expected and what came. Must not
 * read the environment itself; only main.ts files do.
 */
import type { z } from 'zod';

/** Errors: ConfigError, one line per variable. Values of variables that hold a secret are never shown. */
export function parseEnvironment<Schema extends z.ZodType>(
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
        : /SECRET|TOKEN|KEY|MONGODB_URI/.test(variable)
          ? 'a value not shown here'
          : JSON.stringify(came);
    return `${variable}: ${message.replace(/^Invalid (option|input): /, '').replace(/, received undefined$/, '')}; came ${shown}`;
  });
  throw new ConfigError(lines);
}

export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The configuration is wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
