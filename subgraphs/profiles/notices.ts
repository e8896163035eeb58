/**
 * The notices people were shown when they consented, as far as the company registers them: which version is how long valid. A notice that
 * is not registered counts as valid; one that is not valid any more ends the consents given on it, so that they are asked for anew.
 *
 * Source: GDPR Art. 7(2), 13; EDPB Guidelines 05/2020 § 5.1 (new consent when processing changes considerably).
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError } from '../../schema/environment';

export interface Notice {
  readonly id: string;
  readonly version: string;
  /** SHA-256 of its text, hexadecimal; null when it is not known. */
  readonly sha256: string | null;
  /** Unix time in milliseconds from which consents given on it do not count; null: it is valid. */
  readonly validUntil: number | null;
}

export interface Notices {
  find(id: string, version: string): Notice | undefined;
  /** Do consents given on it count at this moment? */
  isValid(notice: { readonly id: string; readonly version: string } | null, now: number): boolean;
}

export function createNotices(registered: readonly Notice[]): Notices {
  const byName = new Map(registered.map((notice) => [placeOf(notice.id, notice.version), notice]));
  const find: Notices['find'] = (id, version) => byName.get(placeOf(id, version));
  return {
    find,
    isValid: (notice, now) => {
      const validUntil = notice === null ? null : (find(notice.id, notice.version)?.validUntil ?? null);
      return validUntil === null || validUntil > now;
    },
  };
}

export const NO_NOTICES = createNotices([]);

const fileSchema = z.array(
  z.strictObject({
    id: z.string().min(1),
    version: z.string().min(1),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null),
    validUntil: z.iso
      .datetime({ offset: true })
      .nullable()
      .default(null)
      .transform((text) => (text === null ? null : Date.parse(text))),
  }),
);

/** None when no file is named. Errors: ConfigError. */
export async function readNotices(file: string | undefined): Promise<Notices> {
  if (file === undefined) return NO_NOTICES;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([`FACET_NOTICES_FILE: expected a file that can be read; came ${error.code}`]);
  });
  return parseNotices(text);
}

/** `[{ "id": "privacy", "version": "2025-03", "sha256": "…", "validUntil": "2026-06-01T00:00:00Z" }]`. Errors: ConfigError. */
export function parseNotices(text: string): Notices {
  try {
    return createNotices(fileSchema.parse(JSON.parse(text)));
  } catch (error) {
    const found =
      error instanceof z.ZodError
        ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        : ['it is no JSON'];
    throw new ConfigError(found.map((each) => `FACET_NOTICES_FILE: expected a list of notices; ${each}`));
  }
}

function placeOf(id: string, version: string): string {
  return JSON.stringify([id, version]);
}
