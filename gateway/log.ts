/**
 * Structured logs without personal data: only the fields named here are ever written, never a URL, a variable, a document, a
 * header or an error's message, in which a value could hide.
 */
import { pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';
import type { ErrorCode } from '../schema/errors';

/** All that a log line may hold. Ids are pseudonyms of requests, principals and templates, never of data subjects. */
export interface LogFields {
  readonly requestId?: string;
  /** The route's pattern, e.g. `/v1/templates/{template}/customers/{id}`. */
  readonly route?: string;
  readonly method?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly principal?: string;
  readonly role?: string;
  readonly purpose?: string | null;
  readonly template?: string;
  readonly code?: ErrorCode | string;
  readonly source?: string;
  /** Names of data categories. */
  readonly categories?: readonly string[];
  readonly count?: number;
  readonly port?: number;
  /** Why a supergraph was refused; see `reload.ts`. */
  readonly reason?: string;
  /** Frames of a stack, without the message above them. */
  readonly stack?: string;
}

export interface Logger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const ALLOWED = new Set<string>([
  'requestId',
  'route',
  'method',
  'status',
  'durationMs',
  'principal',
  'role',
  'purpose',
  'template',
  'code',
  'source',
  'categories',
  'count',
  'port',
  'reason',
  'stack',
] satisfies Array<keyof LogFields>);

export function createLogger(options: {
  readonly level: string;
  readonly destination?: NodeJS.WritableStream;
}): Logger {
  const settings = { level: options.level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  const logger: PinoLogger = options.destination ? pino(settings, options.destination) : pino(settings);
  const write = (level: 'info' | 'warn' | 'error') => (fields: LogFields, message: string) =>
    logger.isLevelEnabled(level) &&
    logger[level](Object.fromEntries(Object.entries(fields).filter(([name]) => ALLOWED.has(name))), message);
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** The frames of an error's stack. Its first lines, the message, can quote what a person wrote. */
export function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' | ');
}
