/**
 * HubSpot's answers that carry no record: errors in its own shape, and the headers that tell the limits. It must not know
 * why an answer is given.
 */
import { randomUUID } from 'node:crypto';
import type { VendorReply } from '../vendor';

/** Plain success. */
export const ok = (body: unknown, status = 200): VendorReply => ({ status, headers: {}, body });

/**
 * An error in HubSpot's shape.
 * Source: schema `Error` of the contacts API (message, correlationId and category are required); texts from memory where
 * vendors.md does not give them.
 */
export function refusal(options: {
  status: number;
  category: string;
  message: string;
  errors?: { message: string; in?: string; code?: string }[];
}): VendorReply {
  const { status, category, message, errors } = options;
  return ok({ status: 'error', message, correlationId: randomUUID(), category, ...(errors && { errors }) }, status);
}

export const invalid = (message: string): VendorReply =>
  refusal({ status: 400, category: 'VALIDATION_ERROR', message });

export const notFound = (): VendorReply =>
  refusal({ status: 404, category: 'OBJECT_NOT_FOUND', message: 'resource not found' });

export const unauthenticated = (): VendorReply =>
  refusal({
    status: 401,
    category: 'INVALID_AUTHENTICATION',
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
  });

/** The two 429 bodies. Source: usage guidelines; the official SDK retries on exactly these (vendors.md §0.2). */
export function tooMany(policy: 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY'): VendorReply {
  const name = policy === 'TEN_SECONDLY_ROLLING' ? 'ten_secondly_rolling' : policy.toLowerCase();
  return ok(
    {
      status: 'error',
      message: `You have reached your ${name} limit.`,
      errorType: 'RATE_LIMIT',
      correlationId: randomUUID(),
      policyName: policy,
      requestId: randomUUID(),
    },
    429,
  );
}
