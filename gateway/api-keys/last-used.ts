/**
 * When each secret of an API key was last used, so that an access review can tell which keys nobody needs. Noted in memory and written
 * beside the requests: a clean stop loses nothing, a kill the uses of the last ten seconds. Must not hold a secret.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writePrivate } from '../data-folder';

const WRITE_AFTER_MS = 10_000;

/** `braze-eu#2` → ISO time: the key's id and the number of its secret. */
const usesSchema = z.record(z.string(), z.iso.datetime());
export type KeyUses = z.infer<typeof usesSchema>;

export interface LastUsed {
  note(id: string, secretNumber: number): void;
  close(): Promise<void>;
}

export function nameOfUse(id: string, secretNumber: number): string {
  return `${id}#${secretNumber}`;
}

/** No file, or one that cannot be read: nothing is known. */
export function readKeyUses(file: string): KeyUses {
  try {
    return usesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

export function openLastUsed(options: {
  readonly file: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A use that cannot be written refuses nobody. */
  readonly onTrouble: (error: unknown) => void;
}): LastUsed {
  const { file, now, onTrouble } = options;
  let noted = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const write = async () => {
    timer = undefined;
    const taken = noted;
    if (taken.size === 0) return;
    noted = new Map();
    try {
      await writeUses(file, taken);
    } catch (error) {
      noted = new Map([...taken, ...noted]);
      throw error;
    }
  };
  const startWriting = () => {
    writing = writing.then(write).catch(onTrouble);
    return writing;
  };

  return {
    note(id, secretNumber) {
      noted.set(nameOfUse(id, secretNumber), now());
      timer ??= setTimeout(() => void startWriting(), WRITE_AFTER_MS).unref();
    },
    close() {
      clearTimeout(timer);
      return startWriting();
    },
  };
}

async function writeUses(file: string, taken: ReadonlyMap<string, number>): Promise<void> {
  const uses = { ...readKeyUses(file) };
  for (const [name, usedAt] of taken) uses[name] = new Date(usedAt).toISOString();
  await writePrivate(file, `${JSON.stringify(uses, null, 2)}\n`);
}
