/**
 * The observation that lies in the data folder: verified when it appears or changes, written to the audit trail before it counts, told of
 * when it ends. One that is expired, altered, or not signed by this deployment is refused, and everything is withheld as ever. Must not decide.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { observationStatement, parseObservation } from '../../schema/observation';
import type { Observation } from '../../schema/observation';
import { BY_FACET, documentName } from './audit/entry';
import type { AuditEntry } from './audit/entry';
import { keepLooking } from './looking';
import { isSigned } from './signing';
import type { Signing } from './signing';

/** Why one is refused: what stands in the log. */
export type ObservationRefusal = 'OBSERVATION_INVALID' | 'OBSERVATION_FORGED' | 'OBSERVATION_EXPIRED';

/** What a metric tells; `until` null: nothing is observed. Unix time in milliseconds. */
export interface ObservationFigures {
  readonly until: number | null;
}

export interface Observations {
  /** Verified and in the audit trail; whether its time has come or is over, who uses it looks. null: nothing is observed. */
  readonly current: () => Observation | null;
  /** Looks now, and not when it is next time to. */
  look(): Promise<void>;
  close(): Promise<void>;
}

export const NO_OBSERVATION: Pick<Observations, 'current'> = { current: () => null };

const TELL_MS = 15_000;

export function observationFileOf(dataDir: string): string {
  return path.join(dataDir, 'observation.json');
}

/** Replaces the one there is. */
export async function writeObservation(
  file: string,
  said: Omit<Observation, 'signature'>,
  signing: Signing,
): Promise<Observation> {
  const observation = { ...said, signature: signing.sign(observationStatement(said)) };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(observation, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return observation;
}

export async function removeObservation(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** null: there is none. Errors: rejects when the file is there and cannot be read. */
export async function readObservationFile(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

export function verifyObservation(
  text: string,
  against: { readonly publicKey: string; readonly profile: Observation['profile']; readonly now: number },
): Observation | ObservationRefusal {
  const observation = parseObservation(text);
  if (observation === null) return 'OBSERVATION_INVALID';
  const isOurs = isSigned(against.publicKey, observationStatement(observation), observation.signature);
  const isOfProfile = against.profile === 'development' || observation.profile === 'production';
  if (!isOurs || !isOfProfile) return 'OBSERVATION_FORGED';
  return Date.parse(observation.until) <= against.now ? 'OBSERVATION_EXPIRED' : observation;
}

/** Looks at once and from then on, twice a second. */
export function watchObservation(options: {
  readonly file: string;
  readonly publicKey: string;
  readonly profile: Observation['profile'];
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Into the audit trail; durable when it resolves. */
  readonly record: (entries: readonly AuditEntry[]) => Promise<void>;
  /** Told of every change, and every 15 s. */
  readonly tell: (figures: ObservationFigures) => void;
  readonly onRefused: (code: ObservationRefusal) => void;
}): Observations {
  const { file, now, record, tell, onRefused } = options;
  let current: Observation | null = null;
  /** What was looked at last; null: no file, undefined: nothing yet. */
  let seen: string | null | undefined;

  const figures = (): ObservationFigures => ({ until: current === null ? null : Date.parse(current.until) });
  const settle = async (next: Observation | null, entries: readonly AuditEntry[]): Promise<void> => {
    // What ends has ended, whether or not that can be written down now; what begins is written down first.
    if (next === null) current = null;
    await record(entries);
    current = next;
    tell(figures());
  };
  const read = async (): Promise<void> => {
    // A file that cannot be read is no observation.
    const text = await readObservationFile(file).catch(() => '');
    const isOver = current !== null && Date.parse(current.until) <= now();
    if (text === seen && !isOver) return;
    seen = undefined;
    const found = text === null ? null : verifyObservation(text, { ...options, now: now() });
    if (typeof found === 'string') {
      await settle(null, [refusalEntry(now(), text ?? '', found)]);
      onRefused(found);
    } else if (found !== null) await settle(found, [beginEntry(now(), found)]);
    else if (current !== null) await settle(null, [endEntry(now(), current)]);
    seen = text;
  };

  // A trail that cannot be written now is written the next time; until then nothing is observed.
  const { look, stop } = keepLooking(read);
  const timer = setInterval(() => tell(figures()), TELL_MS);
  timer.unref();
  return {
    current: () => current,
    look,
    close: async () => {
      clearInterval(timer);
      await stop();
    },
  };
}

function beginEntry(at: number, { purposes, roles, templates, until, signedBy, signature }: Observation): AuditEntry {
  return {
    ...{ kind: 'ADMINISTRATION', at, actor: signedBy, role: 'PRIVACY_OFFICER', purpose: null, action: 'observe' },
    subjects: [],
    details: {
      ...{ purposes: purposes.join(' '), roles: roles.join(' '), templates: templates?.join(' ') ?? null },
      ...{ until, document: documentName(signature) },
    },
  };
}

function endEntry(at: number, { signature }: Observation): AuditEntry {
  return {
    ...{ kind: 'ADMINISTRATION', at, ...BY_FACET, purpose: null, action: 'observationRemoved', subjects: [] },
    details: { document: documentName(signature) },
  };
}

function refusalEntry(at: number, text: string, code: ObservationRefusal): AuditEntry {
  return {
    ...{ kind: 'ADMINISTRATION', at, ...BY_FACET, purpose: null, action: 'observationRefused', subjects: [] },
    details: { code, document: documentName(parseObservation(text)?.signature ?? text) },
  };
}
