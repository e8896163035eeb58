/**
 * How a value lies in the embedded store: a mark, a checksum of its key, one of itself, and the value as msgpack. LMDB has no checksums of its own, and a
 * value that disk or hand changed would be served as if it were true. Must not know what a value means.
 *
 * Shape: 0xc1 (which begins no msgpack) ‖ CRC-32 of the key's bytes ‖ CRC-32 of the msgpack ‖ msgpack. Finds accidents; forgery is what the
 * ledger's and the trail's chains, and the sealing of records, are for. What was written before there were checksums is the msgpack
 * alone.
 */
import { crc32 } from 'node:zlib';
import * as lmdb from 'lmdb';
import type { Database } from 'lmdb';
import { Encoder } from 'msgpackr';
import { facetError } from '../../../schema/errors';
import type { EmbeddedKey } from './embedded.keys';

const MARK = 0xc1;
const KEY_SUM_AT = 1;
const VALUE_SUM_AT = 5;
const HEADER_BYTES = 9;

// Exported, and missing in its declarations.
const { keyValueToBuffer } = lmdb as unknown as { keyValueToBuffer(key: EmbeddedKey): Buffer };

class Entry {
  constructor(
    readonly key: EmbeddedKey,
    readonly value: unknown,
  ) {}
}

// Plain msgpack maps. lmdb's shared structures would be kept in memory, and not on disk, when a commit is undone.
const msgpack = new Encoder({ useRecords: false, copyBuffers: true });

/** As lmdb asks for it. Reads what has no checksums, too: whether a store may hold such values is asked when it is opened. */
export const valueCodec = {
  encode(entry: unknown): Buffer {
    if (!(entry instanceof Entry)) throw new TypeError('Expected an entry of `put`, which knows its key.');
    return withChecksums(entry);
  },
  decode(bytes: Buffer): unknown {
    const isMarked = bytes[0] === MARK;
    // By its own length: lmdb's buffer is longer than the value.
    const value = bytes.subarray(isMarked ? HEADER_BYTES : 0, bytes.length);
    if (isMarked && crc32(value) !== bytes.readUInt32LE(VALUE_SUM_AT)) throw damaged();
    try {
      return msgpack.decode(value);
    } catch {
      throw damaged();
    }
  },
};

function withChecksums({ key, value }: Entry): Buffer {
  const encoded = msgpack.encode(value);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + encoded.length);
  bytes[0] = MARK;
  bytes.writeUInt32LE(crc32(keyValueToBuffer(key)), KEY_SUM_AT);
  bytes.writeUInt32LE(crc32(encoded), VALUE_SUM_AT);
  bytes.set(encoded, HEADER_BYTES);
  return bytes;
}

/** What its checksums say of an entry as it lies in the file. */
export function checkEntry(key: Buffer, value: Buffer): 'sound' | 'damaged' | 'unchecked' {
  if (value.length <= HEADER_BYTES || value[0] !== MARK) return 'unchecked';
  const isSound =
    crc32(key) === value.readUInt32LE(KEY_SUM_AT) &&
    crc32(value.subarray(HEADER_BYTES)) === value.readUInt32LE(VALUE_SUM_AT);
  return isSound ? 'sound' : 'damaged';
}

/** lmdb tells an encoder nothing of the key: `put` and `putSync` of this database do. */
export function tellingKeys<V, K extends EmbeddedKey, D extends Database<V, K>>(database: D & Database<V, K>): D {
  // Undefined, against its declaration, where it was opened read-only.
  const put = (database.put as ((...args: unknown[]) => Promise<boolean>) | undefined)?.bind(database);
  if (put === undefined) return database;
  return Object.assign(database, {
    put: (key: K, value: V, ...rest: unknown[]) => put(key, new Entry(key, value), ...rest),
  });
}

function damaged(): Error {
  return facetError(
    'STORE_CORRUPT',
    'Expected a value as it was written to the profile store; it is damaged. Restore a backup.',
  );
}
