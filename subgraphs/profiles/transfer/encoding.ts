/**
 * An entry of a store as one line of JSON, the same whichever store it came from: members in order, bytes as base64. And the checksum of a
 * collection, which does not depend on the order of its entries. Must not write.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from '../canonical-json';
import { COLLECTIONS, pagesOf } from '../store/contents';
import type { CollectionName, Contents, StoreContents } from '../store/contents';
import type { OnProgress } from './backup';

export function encodeEntry(entry: unknown): string {
  return canonicalJson(entry);
}

/** Errors: throws for what is no JSON. */
export function decodeEntry(line: string): unknown {
  return JSON.parse(line, (_key, value: unknown) => {
    const bytes = (value as { $bytes?: unknown } | null)?.$bytes;
    return typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : value;
  });
}

interface Checksum<Name extends CollectionName> {
  take(entry: Contents[Name]): void;
  readonly entries: number;
  /** Hexadecimal, 64 characters. */
  digest(): string;
}

/**
 * The sum of every entry's SHA-256, modulo 2^256: found equal, two stores hold the same entries. It finds what was lost or changed by accident;
 * against who would forge one, the audit trail and AEAD stand.
 */
export function createChecksum<Name extends CollectionName>(name: Name): Checksum<Name> {
  let sum = 0n;
  let entries = 0;
  return {
    take: (entry) => {
      // Numbers of the feed are a store's own.
      const counted = name === 'changes' ? { ...entry, place: undefined } : entry;
      sum = BigInt.asUintN(256, sum + BigInt(`0x${hash('sha256', encodeEntry(counted))}`));
      entries++;
    },
    get entries() {
      return entries;
    },
    digest: () => sum.toString(16).padStart(64, '0'),
  };
}

export interface CollectionSum {
  readonly name: CollectionName;
  readonly entries: number;
  readonly digest: string;
}

/** Of some collections, or all, in order. Errors: STORE_UNAVAILABLE. */
export async function checksumsOf(
  contents: Pick<StoreContents, 'readPage' | 'estimate'>,
  onProgress?: OnProgress,
  names: readonly CollectionName[] = COLLECTIONS,
): Promise<CollectionSum[]> {
  const sums: CollectionSum[] = [];
  for (const name of names) {
    const total = await contents.estimate(name);
    const sum = createChecksum(name);
    for await (const { entries } of pagesOf(contents, name)) {
      entries.forEach((entry) => sum.take(entry));
      onProgress?.({ what: `sum ${name}`, done: sum.entries, total });
    }
    sums.push({ name, entries: sum.entries, digest: sum.digest() });
  }
  return sums;
}
