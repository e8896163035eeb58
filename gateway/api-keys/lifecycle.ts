/**
 * The life of an API key: made, rotated with an overlap, revoked. Pure but for the random secret, which is answered once and kept
 * nowhere. Must not read or write the file.
 */
import { randomBytes } from 'node:crypto';
import { scopesOf } from '../scopes';
import type { Scope } from '../scopes';
import { hashOfSecret, KEY_ID, KEY_ROLES } from './key-file';
import type { KeySecret, StoredKey, StoredKeys } from './key-file';

const DAY_MS = 24 * 3_600_000;
/** Longer, and nobody remembers where a key lies. */
const MAX_DAYS = 400;

export interface MadeKey {
  readonly keys: StoredKeys;
  readonly id: string;
  /** 256 random bits, base64url. */
  readonly secret: string;
  readonly expiresAt: string;
}

/** Errors: throws with what was expected and what came. Units: `days` of the secret's life, `now` in milliseconds. */
export function createKey(
  keys: StoredKeys,
  given: { readonly id: string; readonly role: string; readonly scopes: readonly string[]; readonly days: number },
  now: number,
): MadeKey {
  const { id } = given;
  if (!KEY_ID.test(id)) throw new Error(`Expected an id like braze-eu (3 to 40 of a-z, 0-9, -); came "${id}".`);
  if (Object.hasOwn(keys, id)) throw new Error(`There is a key ${id} already, and an id is never given twice.`);
  const role = KEY_ROLES.find((each) => each === given.role);
  if (role === undefined) throw new Error(`Expected a role of ${KEY_ROLES.join(', ')}; came "${given.role}".`);
  const allowed: readonly string[] = scopesOf(role);
  const stray = given.scopes.find((scope) => !allowed.includes(scope));
  if (stray !== undefined) throw new Error(`Expected scopes of ${allowed.join(', ')} for ${role}; came "${stray}".`);
  const made = makeSecret(1, given.days, now);
  const key: StoredKey = {
    role,
    scopes: [...new Set(given.scopes)] as Scope[],
    createdAt: made.stored.createdAt,
    revokedAt: null,
    secrets: [made.stored],
  };
  return { keys: { ...keys, [id]: key }, id, secret: made.secret, expiresAt: made.stored.expiresAt };
}

/**
 * A new secret beside the old one, which goes on for the overlap, so that a sender can be told the new one without missing a mail.
 * What was left of an earlier rotation ends now. Errors: throws when there is no such key in use. Units: `overlapHours`.
 */
export function rotateKey(
  keys: StoredKeys,
  given: { readonly id: string; readonly days: number; readonly overlapHours: number },
  now: number,
): MadeKey {
  const { id, overlapHours } = given;
  const key = inUse(keys, id);
  if (!(overlapHours >= 0 && overlapHours <= MAX_DAYS * 24)) {
    throw new Error(`Expected an overlap of 0 to ${MAX_DAYS * 24} hours; came ${overlapHours}.`);
  }
  const newest = key.secrets.at(-1) as KeySecret;
  const endsAt = Math.min(Date.parse(newest.expiresAt), now + overlapHours * 3_600_000);
  const made = makeSecret(newest.number + 1, given.days, now);
  const secrets = [{ ...newest, expiresAt: new Date(endsAt).toISOString() }, made.stored];
  return {
    keys: { ...keys, [id]: { ...key, secrets } },
    id,
    secret: made.secret,
    expiresAt: made.stored.expiresAt,
  };
}

/** Ends a key at once, with every secret and every URL signed for it. Errors: throws when there is no such key in use. */
export function revokeKey(keys: StoredKeys, id: string, now: number): { readonly keys: StoredKeys } {
  return { keys: { ...keys, [id]: { ...inUse(keys, id), revokedAt: new Date(now).toISOString() } } };
}

function inUse(keys: StoredKeys, id: string): StoredKey {
  const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
  if (key === undefined) throw new Error(`Expected the id of a key; there is none called "${id}".`);
  if (key.revokedAt !== null) throw new Error(`The key ${id} was revoked at ${key.revokedAt}.`);
  return key;
}

function makeSecret(
  number: number,
  days: number,
  now: number,
): { readonly secret: string; readonly stored: KeySecret } {
  if (!(days > 0 && days <= MAX_DAYS)) throw new Error(`Expected a life of up to ${MAX_DAYS} days; came ${days}.`);
  const secret = randomBytes(32).toString('base64url');
  const stored = {
    number,
    sha256: hashOfSecret(secret),
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + days * DAY_MS).toISOString(),
  };
  return { secret, stored };
}
