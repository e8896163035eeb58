/**
 * The file of the API keys: hashes only, readable by its owner only, changed by one command at a time and whole or not at all. Must not
 * decide whether a key is accepted.
 *
 * A secret is 256 random bits, so that SHA-256 is enough: a slow hash protects what can be guessed, and would cost every request.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ROLES } from '../../schema/policy';
import { SCOPES } from '../scopes';

/** A key is a machine's: a data subject comes with a token of the person's own. */
export const KEY_ROLES = ROLES.filter((role) => role !== 'DATA_SUBJECT');

/** Also the user name of Basic, and what stands in logs: `braze-eu`. */
export const KEY_ID = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;

const time = z.iso.datetime();
const secretSchema = z.strictObject({
  /** 1, 2, … in the order in which they were made. */
  number: z.int().min(1),
  /** Of the secret, base64url. */
  sha256: z.string().regex(/^[\w-]{43}$/),
  createdAt: time,
  expiresAt: time,
});
const keySchema = z.strictObject({
  role: z.enum(KEY_ROLES),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: time,
  /** Set once; the id is never given again, so that an old log line names one key. */
  revokedAt: time.nullable(),
  /** Newest last; two while a rotation overlaps. */
  secrets: z.array(secretSchema).min(1),
});
const fileSchema = z.strictObject({ version: z.literal(1), keys: z.record(z.string().regex(KEY_ID), keySchema) });

export type KeySecret = z.infer<typeof secretSchema>;
export type StoredKey = z.infer<typeof keySchema>;
export type StoredKeys = Readonly<Record<string, StoredKey>>;

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** No file: no keys. Errors: throws when the file cannot be read as one of keys. */
export function readKeyFile(file: string): StoredKeys {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text)).keys;
  } catch (error) {
    throw new Error(`${file} is not a file of API keys.`, { cause: error });
  }
}

/** Another one whenever the file was replaced; a replaced file is another inode. */
export function versionOfKeyFile(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** Errors: what `change` throws, and when another command is changing the file. Then it stays as it was. */
export async function changeKeyFile<Given extends { readonly keys: StoredKeys }>(
  file: string,
  change: (keys: StoredKeys) => Given,
): Promise<Given> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  // `wx`: two commands at once would each drop what the other did.
  const handle = await open(next, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new Error(`Another command is changing the keys; if none is, remove ${next}.`);
  });
  try {
    const given = change(readKeyFile(file));
    await handle.writeFile(`${JSON.stringify({ version: 1, keys: given.keys }, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(next, file);
    return given;
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(next, { force: true });
    throw error;
  }
}
