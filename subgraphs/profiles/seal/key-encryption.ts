/**
 * The key-encryption keys: they wrap the data key of each subject, and nothing else. The interface is what a key-management service
 * offers; here the keys come from the environment or a file. Must not store anything.
 */
import { createHash, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { facetError } from '../../../schema/errors';
import { seal, SEAL_BYTES, unseal } from './cipher';

const KEY_BYTES = 32;
const ID_BYTES = 4;
export const WRAPPED_BYTES = ID_BYTES + SEAL_BYTES + KEY_BYTES;

export interface KeyEncryption {
  /** Wraps with the current key. Shape: WRAPPED_BYTES. */
  wrap(customerId: string, dataKey: Uint8Array): Promise<Uint8Array>;
  /** Errors: STORE_CORRUPT when the key is not among ours, or the wrapped one is damaged or another subject's. */
  unwrap(customerId: string, wrapped: Uint8Array): Promise<KeyObject>;
  /** Wrapped by the current key? Where not, rotation wraps it again. */
  isCurrent(wrapped: Uint8Array): boolean;
  /** Short names of our keys, hexadecimal, the current one first; they give nothing of the keys away. */
  readonly keyIds: readonly string[];
}

/** The name of the key that wrapped this. */
export function keyIdOf(wrapped: Uint8Array): string {
  return Buffer.from(wrapped.subarray(0, ID_BYTES)).toString('hex');
}

/** `keys`: base64 of 32 bytes each, the current one first; earlier ones stay until rotation is through. */
export function createKeyEncryption(keys: readonly string[]): KeyEncryption {
  const known = keys.map((text) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== KEY_BYTES) throw new TypeError(`Expected a key of ${KEY_BYTES} bytes, got ${bytes.length}.`);
    const id = createHash('sha256').update('facet key-encryption key\0').update(bytes).digest().subarray(0, ID_BYTES);
    return { id, key: createSecretKey(bytes) };
  });
  const [current] = known;
  if (current === undefined) throw new TypeError('Expected at least one key-encryption key, got none.');
  const hasId = (wrapped: Uint8Array, id: Buffer) => id.equals(wrapped.subarray(0, ID_BYTES));

  return {
    wrap: async (customerId, dataKey) => Buffer.concat([current.id, seal(current.key, customerId, dataKey)]),
    unwrap: async (customerId, wrapped) => {
      const by = known.find(({ id }) => hasId(wrapped, id));
      if (by === undefined) {
        throw facetError(
          'STORE_CORRUPT',
          'Expected a data key wrapped by a key of FACET_ENCRYPTION_KEYS; it is by none.',
        );
      }
      try {
        return createSecretKey(unseal(by.key, customerId, wrapped.subarray(ID_BYTES)));
      } catch {
        throw facetError('STORE_CORRUPT', 'Expected a wrapped data key, but the stored bytes are damaged.');
      }
    },
    isCurrent: (wrapped) => hasId(wrapped, current.id),
    keyIds: known.map(({ id }) => id.toString('hex')),
  };
}
