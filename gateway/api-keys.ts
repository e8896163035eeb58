/**
 * API keys: a sender's id and secret become a principal. A changed file (made, rotated, revoked by command) is noticed within a second, by
 * whoever asks next. Must not log or keep a secret.
 *
 * Nothing is remembered between requests: hashing a secret costs 2 µs, less than finding it among others, and what is not
 * remembered cannot outlive its revocation.
 */
import { timingSafeEqual } from 'node:crypto';
import { facetError } from '../schema/errors';
import type { Principal } from '../schema/request-policy';
import { hashOfSecret, readKeyFile, versionOfKeyFile } from './api-keys/key-file';
import type { KeySecret, StoredKey } from './api-keys/key-file';
import { openLastUsed } from './api-keys/last-used';

export interface GivenKey {
  readonly id: string;
  readonly secret: string;
}

export interface ApiKeys {
  /** Errors: UNAUTHENTICATED, with one message for all causes. */
  verify(given: GivenKey): Principal;
  /** A key in use with its secrets that are; null for any other. */
  find(id: string): { readonly key: StoredKey; readonly secrets: readonly KeySecret[] } | null;
  /** The principal of a key that was proven in another way; notes the use. */
  use(id: string, key: StoredKey, secret: KeySecret): Principal;
  /** Writes down when which key was last used. */
  close(): Promise<void>;
}

/** The prefix is for scanners that look for secrets where there should be none. */
const BEARER = /^facet_([a-z0-9-]{3,40})_([\w-]{43})$/;
const RECHECK_MS = 1_000;
/** Compared with when nobody has the id, so that an unknown id takes as long as a wrong secret. */
const NOBODYS: readonly KeySecret[] = [{ number: 1, sha256: hashOfSecret(''), createdAt: '', expiresAt: '' }];

/** null: a bearer of another kind. */
export function readApiKey(bearer: string): GivenKey | null {
  const [, id, secret] = BEARER.exec(bearer) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

export function writeApiKey({ id, secret }: GivenKey): string {
  return `facet_${id}_${secret}`;
}

export interface ApiKeysOptions {
  readonly file: string;
  /** Where the last uses are kept. */
  readonly usesFile: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Told when the changed file cannot be read, which leaves the keys as they were, or the uses not be written. */
  readonly onTrouble: (what: 'keys not read' | 'key uses not written', error: unknown) => void;
}

/** Errors: throws when there is a file and it cannot be read: a gateway does not start without keys it is meant to know. */
export function openApiKeys({ file, usesFile, now, onTrouble }: ApiKeysOptions): ApiKeys {
  const uses = openLastUsed({ file: usesFile, now, onTrouble: (error) => onTrouble('key uses not written', error) });
  let version = versionOfKeyFile(file);
  let keys = readKeyFile(file);
  let checkedAt = now();

  const refresh = () => {
    // A clock that was set back must not keep a revoked key alive.
    if (Math.abs(now() - checkedAt) < RECHECK_MS) return;
    checkedAt = now();
    try {
      const found = versionOfKeyFile(file);
      if (found === version) return;
      // Noted first: a file that cannot be read is told of once.
      version = found;
      keys = readKeyFile(file);
    } catch (error) {
      onTrouble('keys not read', error);
    }
  };

  const find: ApiKeys['find'] = (id) => {
    refresh();
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (key === undefined || key.revokedAt !== null) return null;
    const secrets = key.secrets.filter(({ expiresAt }) => Date.parse(expiresAt) > now());
    return secrets.length === 0 ? null : { key, secrets };
  };

  const use: ApiKeys['use'] = (id, { role, scopes }, { number }) => {
    uses.note(id, number);
    return { id: `key:${id}`, role, scopes };
  };

  return {
    find,
    use,
    verify({ id, secret }) {
      const found = find(id);
      const hash = Buffer.from(hashOfSecret(secret));
      const [match] = (found?.secrets ?? NOBODYS).filter(({ sha256 }) => timingSafeEqual(hash, Buffer.from(sha256)));
      if (found === null || match === undefined) {
        throw facetError('UNAUTHENTICATED', 'Expected a valid key, but this one is not accepted.');
      }
      return use(id, found.key, match);
    },
    close: () => uses.close(),
  };
}
