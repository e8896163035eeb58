/**
 * The access tokens that a vendor's token endpoint has given out. They live in memory, so after a restart a caller meets 401
 * and must fetch a new one, as it must be able to anyway.
 */
import { createHash } from 'node:crypto';

export interface AccessTokens {
  /** Remembers a token for so long. */
  issue(options: { token: string; lifeSeconds: number }): void;
  /** True while the token is one of ours and not expired. */
  accepts(token: string | undefined): boolean;
}

/** Creates an empty register. Units: `now` epoch milliseconds. */
export function createAccessTokens(options: { now: () => number }): AccessTokens {
  const { now } = options;
  // Kept by digest: a lookup's timing then says nothing about the token itself.
  const expiryMs = new Map<string, number>();
  const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
  return {
    issue: ({ token, lifeSeconds }) => {
      for (const [key, endMs] of expiryMs) if (endMs <= now()) expiryMs.delete(key);
      expiryMs.set(digest(token), now() + lifeSeconds * 1000);
    },
    accepts: (token) => token !== undefined && (expiryMs.get(digest(token)) ?? 0) > now(),
  };
}
