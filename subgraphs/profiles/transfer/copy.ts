/**
 * Copies everything a store holds into an empty one, page by page, and holds the two against each other. Cut off, it goes on where it stood. Must
 * not open a record; both stores need the same secrets.
 */
import { createHash } from 'node:crypto';
import { facetError } from '../../../schema/errors';
import { COLLECTIONS, pagesOf } from '../store/contents';
import type { CollectionName, StoreContents } from '../store/contents';
import type { OnProgress } from './backup';
import { checksumsOf } from './encoding';
import type { CollectionSum } from './encoding';
import type { Target } from './target';

/** What is copied from: a store, or an export. */
export type Origin = Pick<StoreContents, 'readPage' | 'estimate'>;

interface CopyProgress {
  readonly name: CollectionName;
  /** The collection's next page; null: it is through. */
  readonly next: string | null;
}

/**
 * Answers what was copied. The target becomes a store only when the two are equal.
 *
 * Errors: STORE_UNAVAILABLE; STORE_CORRUPT when the two differ afterwards, which also happens when the origin is written to meanwhile.
 */
export async function copyInto(target: Target, origin: Origin, onProgress?: OnProgress): Promise<CollectionSum[]> {
  const begun = target.progress === null ? null : (JSON.parse(target.progress) as CopyProgress);
  const first = begun === null ? 0 : COLLECTIONS.indexOf(begun.name);
  for (const [at, name] of COLLECTIONS.entries()) {
    if (at < first || (at === first && begun !== null && begun.next === null)) continue;
    await copyCollection(target, origin, name, at === first ? (begun?.next ?? null) : null, onProgress);
  }
  const [given, taken] = [await checksumsOf(origin, onProgress), await checksumsOf(target.contents, onProgress)];
  const differing = given.filter(
    ({ digest, entries }, at) => digest !== taken[at]?.digest || entries !== taken[at]?.entries,
  );
  if (differing.length > 0) {
    const names = differing.map(({ name }) => name).join(', ');
    throw facetError(
      'STORE_CORRUPT',
      `Expected the copy to hold what its origin holds; they differ in ${names}. Was it written to meanwhile?`,
    );
  }
  await target.commit();
  return given;
}

async function copyCollection(
  target: Target,
  origin: Origin,
  name: CollectionName,
  after: string | null,
  onProgress?: OnProgress,
): Promise<void> {
  const total = await origin.estimate(name);
  let done = 0;
  for await (const { entries, next } of pagesOf(origin, name, after)) {
    await target.contents.write(name, entries);
    await target.save(JSON.stringify({ name, next } satisfies CopyProgress));
    onProgress?.({ what: name, done: (done += entries.length), total });
  }
}

/** Tells an origin from another, and from itself after it was written to. */
export async function tokenOf(origin: Origin): Promise<string> {
  const hash = createHash('sha256');
  for (const name of COLLECTIONS) hash.update(`${name} ${await origin.estimate(name)}\n`);
  for await (const { entries } of pagesOf(origin, 'auditRoots')) hash.update(entries.at(-1)?.hash ?? '');
  return hash.digest('hex');
}
