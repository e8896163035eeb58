/**
 * One category of one record as bytes. The only place that knows how a value becomes them; profiles/seal/ encrypts them. Must not
 * decide which category may be opened.
 */
import { facetError } from '../schema/errors';
import { CATEGORIES } from '../schema/policy';
import type { StoredRecord } from './profiles/store/store';
import type { Categories } from './source';

export function sealBlob(value: Record<string, unknown>): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

/** Errors: STORE_CORRUPT when the bytes are not what `sealBlob` made. */
export function openBlob(blob: Uint8Array): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString('utf8')) as Record<
      string,
      unknown
    >;
  } catch {
    throw facetError('STORE_CORRUPT', 'Expected a sealed record, but the stored bytes are damaged.');
  }
}

/** Every category of a record. Errors: as `openBlob`. */
export function openAll({ blobs }: Pick<StoredRecord, 'blobs'>): Categories {
  const opened: Categories = {};
  for (const category of CATEGORIES) {
    const blob = blobs[category];
    if (blob !== undefined) opened[category] = openBlob(blob);
  }
  return opened;
}
