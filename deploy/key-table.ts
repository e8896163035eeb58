/** The API keys as a person reads them: who they are, what they may, until when, and when each secret was last used. Must not read files. */
import type { KeySecret, StoredKey, StoredKeys } from '../gateway/api-keys/key-file';
import { nameOfUse } from '../gateway/api-keys/last-used';
import type { KeyUses } from '../gateway/api-keys/last-used';

/** One line per secret. */
export function describeKeys(keys: StoredKeys, uses: KeyUses, now: number): string {
  const rows = Object.entries(keys).flatMap(([id, key]) =>
    key.secrets.map((secret) => [
      id,
      key.role,
      key.scopes.join(' ') || '–',
      `#${secret.number}`,
      stateOf(key, secret, now),
      uses[nameOfUse(id, secret.number)] ?? 'never',
    ]),
  );
  return rows.length === 0
    ? 'There are no API keys.'
    : tableOf([['key', 'role', 'scopes', 'secret', 'state', 'last used'], ...rows]);
}

export function stateOf(key: StoredKey, { expiresAt }: KeySecret, now: number): string {
  if (key.revokedAt !== null) return `revoked ${key.revokedAt}`;
  return Date.parse(expiresAt) <= now ? `ended ${expiresAt}` : `until ${expiresAt}`;
}

export function tableOf(rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
