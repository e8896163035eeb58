/**
 * An export: everything a store holds as lines of JSON, a file to a collection, with a manifest of checksums, for any engine and any later Facet to read.
 * Records stay sealed and keys wrapped: it needs the secrets of the store it came from. Must not write to a store.
 */
import { open, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { facetError } from '../../../schema/errors';
import { COLLECTIONS, pagesOf } from '../store/contents';
import type { CollectionName, Contents, ContentsPage, StoreContents } from '../store/contents';
import { storeFailure } from '../store/embedded.errors';
import type { OnProgress } from './backup';
import type { Origin } from './copy';
import { decodeEntry, encodeEntry } from './encoding';
import { ENTRY_SCHEMAS } from './entry-schemas';
import { exists, flush, secretIdOf, sha256Of } from './manifest';

const manifestSchema = z.object({
  format: z.literal('facet export'),
  formatVersion: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Of FACET_IDENTITY_SECRET. */
  identitySecretId: z.string(),
  collections: z.array(z.object({ name: z.enum(COLLECTIONS), entries: z.int().min(0), sha256: z.string().length(64) })),
});
export type ExportManifest = z.infer<typeof manifestSchema>;

const MANIFEST = 'export.json';
const fileOf = (folder: string, name: CollectionName) => path.join(folder, `${name}.ndjson`);

/** Errors: BAD_REQUEST when there is something at `to`; STORE_*. */
export async function exportTo(options: {
  readonly contents: Pick<StoreContents, 'readPage' | 'estimate'>;
  /** A folder that does not exist yet; it is there once the export is whole. */
  readonly to: string;
  readonly identitySecret: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onProgress?: OnProgress | undefined;
}): Promise<ExportManifest> {
  const { contents, to, onProgress } = options;
  if (await exists(to)) throw facetError('BAD_REQUEST', 'Expected a folder that does not exist yet to export to.');
  const folder = `${to}.partial`;
  try {
    for (const name of COLLECTIONS) await rm(fileOf(folder, name), { force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const collections: ExportManifest['collections'] = [];
    for (const name of COLLECTIONS) {
      const entries = await writeCollection(contents, folder, name, onProgress);
      collections.push({ name, entries, sha256: await sha256Of(fileOf(folder, name)) });
    }
    const manifest: ExportManifest = {
      ...{ format: 'facet export', formatVersion: 1, createdAt: new Date(options.now()).toISOString() },
      ...{ identitySecretId: secretIdOf(options.identitySecret), collections },
    };
    await writeFile(path.join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    await flush(path.join(folder, MANIFEST));
    await rename(folder, to);
    return manifest;
  } catch (error) {
    throw storeFailure('Expected to write an export', error);
  }
}

async function writeCollection(
  contents: Pick<StoreContents, 'readPage' | 'estimate'>,
  folder: string,
  name: CollectionName,
  onProgress?: OnProgress,
): Promise<number> {
  const total = await contents.estimate(name);
  const file = await open(fileOf(folder, name), 'w', 0o600);
  let count = 0;
  try {
    for await (const { entries } of pagesOf(contents, name)) {
      await file.writeFile(entries.map((entry) => `${encodeEntry(entry)}\n`).join(''));
      count += entries.length;
      onProgress?.({ what: name, done: count, total });
    }
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}

/**
 * Looks at every line before anything is done with one.
 *
 * Errors: STORE_UNAVAILABLE where there is no export; STORE_CORRUPT, which names the file and the line; BAD_REQUEST for one that another
 * identity secret is needed for.
 */
export async function openExport(
  folder: string,
  identitySecret: string,
  onProgress?: OnProgress,
): Promise<Origin & { readonly manifest: ExportManifest }> {
  const manifest = await readManifest(folder);
  if (manifest.identitySecretId !== secretIdOf(identitySecret)) {
    throw facetError(
      'BAD_REQUEST',
      'Expected FACET_IDENTITY_SECRET as it was when the export was written; under another one nobody is found.',
    );
  }
  const known = new Map(manifest.collections.map((collection) => [collection.name, collection]));
  for (const name of COLLECTIONS) {
    const { entries = 0, sha256 = '' } = known.get(name) ?? {};
    if (sha256 === '' || (await sha256Of(fileOf(folder, name)).catch(() => null)) !== sha256)
      throw corrupt(`${name}.ndjson is missing, or does not have its SHA-256`);
    let lines = 0;
    const pages = pagesOf({ readPage: (asked, page) => readPage(folder, asked, page) }, name);
    for await (const page of pages) {
      lines += page.entries.length;
      onProgress?.({ what: `check ${name}`, done: lines, total: entries });
    }
    if (lines !== entries) throw corrupt(`${name}.ndjson has ${lines} lines, not ${entries}`);
  }
  return {
    manifest,
    estimate: async (name) => known.get(name)?.entries ?? 0,
    readPage: (name, page) => readPage(folder, name, page),
  };
}

/** `after` is the byte behind the last line that was read. */
async function readPage<Name extends CollectionName>(
  folder: string,
  name: Name,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<ContentsPage<Contents[Name]>> {
  const start = Number(after ?? 0);
  const input = createReadStream(fileOf(folder, name), { start, encoding: 'utf8' });
  const entries: Array<Contents[Name]> = [];
  let end = start;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      entries.push(readEntry(name, line, end));
      end += Buffer.byteLength(line) + 1;
      if (entries.length >= limit) break;
    }
  } finally {
    input.destroy();
  }
  return { entries, next: entries.length < limit ? null : String(end) };
}

/** Says which line and which member, and nothing of what stands there. */
function readEntry<Name extends CollectionName>(name: Name, line: string, at: number): Contents[Name] {
  const parsed = ENTRY_SCHEMAS[name].safeParse(parseLine(line));
  if (parsed.success) return parsed.data as Contents[Name];
  const member = parsed.error.issues[0]?.path.filter((each) => typeof each === 'string').join('.') ?? '';
  throw corrupt(`the line at byte ${at} of ${name}.ndjson is no entry${member === '' ? '' : ` (${member})`}`);
}

function parseLine(line: string): unknown {
  try {
    return decodeEntry(line);
  } catch {
    return undefined;
  }
}

async function readManifest(folder: string): Promise<ExportManifest> {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch(() => null);
  if (text === null)
    throw facetError(
      'STORE_UNAVAILABLE',
      `Expected an export; the folder has no ${MANIFEST}, so it is none, or a part of one.`,
    );
  const parsed = manifestSchema.safeParse(parseLine(text));
  if (!parsed.success) throw corrupt(`its ${MANIFEST} cannot be read`);
  return parsed.data;
}

function corrupt(what: string): Error {
  return facetError('STORE_CORRUPT', `Expected a sound export; ${what}.`);
}
