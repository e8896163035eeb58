/**
 * Files of the data folder: replaced as a whole, so that who reads one sees the old or the new, and secrets that are made once and kept.
 * Must not know what they hold.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

export async function writeWhole(file: string, text: string, options: { readonly mode?: number } = {}): Promise<void> {
  await writeFile(`${file}.new`, text, options);
  await rename(`${file}.new`, file);
}

/** Readable by the owner only, in a folder that is. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeWhole(file, text, { mode: 0o600 });
}

/**
 * A secret, made on the first call. Losing one would void what it signed or indexed: it is written before it is used.
 *
 * Errors: throws when the file holds none, and when another process makes it at this moment.
 */
export async function keptSecret(file: string): Promise<string> {
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret === '') throw new Error(`Expected a secret in ${path.basename(file)} of the data folder; it is empty.`);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('base64url');
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // `wx`: two first starts at once must not each believe in a secret of their own.
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  }
}
