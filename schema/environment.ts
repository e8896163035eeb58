/**
 * Environment variables against a schema: what is wrong is said in one line each, with what was expected and what came. A secret may lie in a
 * file instead, which `<NAME>_FILE` names, as containers hand them out. Must not read the environment itself; only main.ts files do.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import type { z } from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables whose values are shown nowhere, and may lie in files. */
export function isSecret(variable: string): boolean {
  return /SECRET|TOKEN|KEY|MONGODB_URI/.test(variable) && !variable.endsWith('_FILE');
}

/** What the variables of a program are, each by its name. */
export type VariablesSchema<Values = unknown> = z.ZodType<Values> & {
  readonly shape: Readonly<Record<string, unknown>>;
};

/** The variables of a schema, and those that name the files of its secrets. */
export function variablesOf(schema: VariablesSchema): string[] {
  return Object.keys(schema.shape).flatMap((name) => (isSecret(name) ? [name, `${name}_FILE`] : [name]));
}

/** Errors: ConfigError, one line per variable. Values of variables that hold a secret are never shown. */
export function parseEnvironment<Schema extends VariablesSchema>(
  schema: Schema,
  environment: Environment,
): z.infer<Schema> {
  const present: Record<string, string> = {};
  const lines: string[] = [];
  for (const name of Object.keys(schema.shape)) {
    const [value, file] = [environment[name], isSecret(name) ? environment[`${name}_FILE`] : undefined];
    if (value && file) lines.push(`${name}: expected a value or ${name}_FILE; came both`);
    else if (value) present[name] = value;
    else if (file) {
      const { secret, trouble } = readSecret(file);
      if (secret === undefined) lines.push(`${name}_FILE: expected a file ${trouble}`);
      else present[name] = secret;
    }
  }
  // What would be missing for want of its file alone is said once.
  if (lines.length > 0) throw new ConfigError(lines);
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => {
      const variable = String(path[0] ?? 'configuration');
      const came = present[variable];
      const shown =
        came === undefined ? 'nothing' : isSecret(variable) ? 'a value not shown here' : JSON.stringify(came);
      return `${variable}: ${message.replace(/^Invalid (option|input): /, '').replace(/, received undefined$/, '')}; came ${shown}`;
    }),
  );
}

/** More than any list of keys. */
const MOST_BYTES = 65_536;
const OTHERS = 0o007;

/** Without the white space around it. What is wrong is said without the file's name, behind which a secret could hide by mistake. */
function readSecret(file: string): { readonly secret?: string; readonly trouble?: string } {
  let opened: number | undefined;
  try {
    opened = openSync(file, 'r');
    const stats = fstatSync(opened);
    if (!stats.isFile()) return { trouble: 'that holds the secret; came something else' };
    if ((stats.mode & OTHERS) !== 0 && platform() !== 'win32') {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
      return { trouble: `that only its owner and group may read; came mode ${mode}` };
    }
    if (stats.size > MOST_BYTES) return { trouble: `of at most ${MOST_BYTES} bytes; came ${stats.size}` };
    const secret = readFileSync(opened, 'utf8').trim();
    return secret === '' ? { trouble: 'that holds the secret; came an empty one' } : { secret };
  } catch (error) {
    return { trouble: `that can be read; came ${(error as NodeJS.ErrnoException).code}` };
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The configuration is wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
