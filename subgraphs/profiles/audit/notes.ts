/**
 * Notes of administrative acts that commands do on files beside the running Facet: who makes, rotates or revokes a key, approves a
 * template, reviews access leaves a signed note in the data folder, and profiles, the one writer of the audit trail, enters it there, at
 * once or at its next start. A note that is not signed by this deployment is not believed; that there was one is entered. Must not act.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ROLES } from '../../../schema/policy';
import type { Role } from '../../../schema/policy';
import { keepLooking } from '../looking';
import { isSigned } from '../signing';
import type { Signing } from '../signing';
import type { ProfileStore } from '../store/store';
import { BY_FACET, CHAIN_ID, documentName } from './entry';
import type { AuditEntry } from './entry';

export interface AdministrativeAct {
  /** A principal's id, or `operator:` and the user of the machine. */
  readonly actor: string;
  /** null: nobody who authenticated, but who may write the data folder. */
  readonly role: Role | null;
  /** `createKey`, `approveTemplate` … */
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

const noteSchema = z.strictObject({
  id: z.uuid(),
  at: z.int(),
  act: z.strictObject({
    actor: z.string().max(200),
    role: z.enum(ROLES).nullable(),
    action: z.string().max(40),
    details: z.record(z.string().max(40), z.union([z.string().max(2_000), z.number(), z.boolean(), z.null()])),
  }),
  signature: z.string(),
});
type Note = z.infer<typeof noteSchema>;

/** Entries among which a note is looked for that a killed process entered and did not take away. */
const RECENT = 500;

export function notesFolderOf(dataDir: string): string {
  return path.join(dataDir, 'administration');
}

/** Durable enough to outlive the command, as a whole or not at all. */
export async function leaveNote(folder: string, act: AdministrativeAct, at: number, signing: Signing): Promise<void> {
  const unsigned = { id: randomUUID(), at, act };
  const note: Note = { ...unsigned, signature: signing.sign(statementOf(unsigned)) };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // In the order in which they were left.
  const file = path.join(folder, `${String(at).padStart(15, '0')}-${note.id}.json`);
  await writeFile(`${file}.new`, JSON.stringify(note), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

/** Looks at once and from then on, twice a second. */
export function takeNotes(options: {
  readonly folder: string;
  readonly publicKey: string;
  readonly store: Pick<ProfileStore, 'findAudit'>;
  /** Into the audit trail; durable when it resolves. */
  readonly record: (entries: readonly AuditEntry[]) => Promise<void>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): { look(): Promise<void>; close(): Promise<void> } {
  const { folder, publicKey, store, record, now } = options;

  const take = async (name: string): Promise<void> => {
    const file = path.join(folder, name);
    const text = await readFile(file, 'utf8');
    const note = parseNote(text);
    if (note === null || !isSigned(publicKey, statementOf(note), note.signature)) {
      await record([refusal(text, now())]);
      await rename(file, `${file}.refused`);
      return;
    }
    const recent = await store.findAudit({ chainId: CHAIN_ID, before: Number.MAX_SAFE_INTEGER, limit: RECENT });
    if (!recent.some((each) => each.text.includes(`"note":"${note.id}"`))) await record([entryOf(note)]);
    await rm(file);
  };
  const read = async (): Promise<void> => {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.json')).toSorted()) await take(name);
  };

  // A trail that cannot be written now is written the next time; the note stays until then.
  const { look, stop } = keepLooking(read);
  return {
    look,
    close: async () => {
      await look().catch(() => undefined);
      await stop();
    },
  };
}

function statementOf({ id, at, act }: Omit<Note, 'signature'>): string {
  return JSON.stringify(['facet administration', id, at, act.actor, act.role, act.action, Object.entries(act.details)]);
}

function parseNote(text: string): Note | null {
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function entryOf({ id, at, act: { actor, role, action, details } }: Note): AuditEntry {
  return {
    ...{ kind: 'ADMINISTRATION', at, actor, role, purpose: null, action, subjects: [] },
    details: { ...details, note: id },
  };
}

function refusal(text: string, at: number): AuditEntry {
  return {
    ...{ kind: 'ADMINISTRATION', at, ...BY_FACET, purpose: null, action: 'noteRefused', subjects: [] },
    details: { document: documentName(text) },
  };
}
