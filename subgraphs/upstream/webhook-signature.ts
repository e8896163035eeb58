/**
 * Signatures of webhooks: HMAC-SHA256 over what each vendor signs, compared in constant time. Must not know any vendor.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old, or how far ahead, a signed request may be. Units: milliseconds. */
export const SIGNATURE_TOLERANCE_MS = 5 * 60_000;

/** Base64 of HMAC-SHA256 over the parts, joined as they are. */
export function signatureOf(secret: string | Uint8Array, ...parts: ReadonlyArray<string | Uint8Array>): string {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest('base64');
}

export function isSignature(given: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Unix time in milliseconds within the tolerance of now? */
export function isRecent(time: number, now: number, toleranceMs = SIGNATURE_TOLERANCE_MS): boolean {
  return Number.isFinite(time) && Math.abs(now - time) <= toleranceMs;
}
