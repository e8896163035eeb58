/** `npm run store -- <command>`: backs up, restores and moves what Facet has stored. Ends with 0, 1 when it failed or something does not hold, 2 when it was called wrongly. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configSchema } from '../../gateway/config';
import { ConfigError, parseEnvironment } from '../../schema/environment';
import { errorCodeOf } from '../../schema/errors';
import { storePlaceOf } from '../../subgraphs/profiles/store/store-place';
import { readStoreSecrets } from '../secrets';
import { backup } from './backup.command';
import { copy } from './copy.command';
import { UsageError } from './command';
import type { Command } from './command';
import { migrate } from './migrate.command';
import { exportCommand } from './export.command';
import { importCommand } from './import.command';
import { createProgressBar } from './progress';
import { restore } from './restore.command';
import { shard } from './shard.command';
import { verify } from './verify.command';

const COMMANDS: Readonly<Record<string, Command>> = {
  backup,
  restore,
  migrate,
  verify,
  copy,
  export: exportCommand,
  import: importCommand,
  shard,
};
const SHARED = { 'data-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;

const schema = configSchema.pick({
  FACET_DATA_DIR: true,
  FACET_STORE: true,
  MONGODB_URI: true,
  MONGODB_ALLOW_STANDALONE: true,
  FACET_ENCRYPTION_KEYS: true,
  FACET_IDENTITY_SECRET: true,
});

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (['--help', '-h', 'help'].includes(name)) {
    console.log(usage());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(usage());
  const { values } = parse(name, command, args);
  if (values.help === true) {
    console.log(`usage: npm run --silent store -- ${name} ${command.usage}\n\n${command.help}`);
    return 0;
  }
  const config = parseEnvironment(schema, process.env);
  const dataDir = path.resolve(typeof values['data-dir'] === 'string' ? values['data-dir'] : config.FACET_DATA_DIR);
  const progress = createProgressBar(process.stderr);
  try {
    return await command.run(values, {
      dataDir,
      place: storePlaceOf(config, dataDir),
      mongodb:
        config.MONGODB_URI === undefined
          ? undefined
          : storePlaceOf({ ...config, FACET_STORE: 'mongodb' }, dataDir).mongodb,
      secretsOf: (folder) => readStoreSecrets(config, folder),
      now: Date.now,
      print: (line) => {
        progress.stop();
        console.log(line);
      },
      onProgress: progress.onProgress,
    });
  } finally {
    progress.stop();
  }
}

function parse(name: string, command: Command, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { ...command.options, ...SHARED } });
  } catch (error) {
    const hint = `npm run --silent store -- ${name} --help tells what there is.`;
    throw new UsageError(`${(error as Error).message}\n${hint}`);
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: npm run --silent store -- <command> [--help]\n\n${lines.join('\n')}`;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const code = errorCodeOf(error);
    const { message } = error as Error;
    console.error(code === 'INTERNAL_SERVER_ERROR' ? message : `${code}: ${message}`);
    process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  },
);
