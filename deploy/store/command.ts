/** What each command of `npm run store` is: its help, its options, and what it does. Must not read the environment or end the process. */
import type { ParseArgsConfig } from 'node:util';
import type { OnProgress } from '../../subgraphs/profiles/transfer/backup';
import type { MongoPlace, OpenStoreOptions } from '../../subgraphs/profiles/store/open-store';
import type { StoreSecrets } from '../secrets';

export interface CommandContext {
  readonly dataDir: string;
  /** Which store the environment says. */
  readonly place: Pick<OpenStoreOptions, 'dataDir' | 'mongodb'>;
  /** The database at MONGODB_URI, whichever store the environment says. */
  readonly mongodb: MongoPlace | undefined;
  /** Those of a data folder; none is made. Errors: throws where one is missing. */
  readonly secretsOf: (dataDir: string) => Promise<StoreSecrets>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A line of the result. */
  readonly print: (line: string) => void;
  readonly onProgress: OnProgress;
}

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  /** One line. */
  readonly summary: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** What `--help` tells, after the usage line. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Answers the exit code: 0 done, 1 it was found that something does not hold. Errors: coded ones, UsageError. */
  run(values: Values, context: CommandContext): Promise<number>;
}

/** The command was not called as it can be. */
export class UsageError extends Error {}

export function required(values: Values, name: string): string {
  const value = values[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(`Expected --${name}.`);
}

/** Errors: UsageError: MongoDB has tools of its own for what only files can do. */
export function requireEmbedded({ place }: CommandContext, instead: string): void {
  if (place.mongodb === undefined) return;
  throw new UsageError(`FACET_STORE=mongodb: ${instead}`);
}
