/**
 * Zendesk's answers that carry no record. It must not know why an answer is given.
 * Source: vendors.md §4; shapes and texts of errors mostly from memory.
 */
import type { VendorReply } from '../vendor';

/** Plain success. */
export const ok = (body: unknown): VendorReply => ({ status: 200, headers: {}, body });

/** An error in Zendesk's usual shape. */
export const refusal = (status: number, error: string, description?: string): VendorReply => ({
  status,
  headers: {},
  body: { error, ...(description !== undefined && { description }) },
});

export const invalid = (description: string): VendorReply => refusal(400, 'InvalidValue', description);

export const notFound = (): VendorReply => refusal(404, 'RecordNotFound', 'Not found');

export const noEndpoint = (): VendorReply => refusal(404, 'InvalidEndpoint', 'Not found');

/** A wrong bearer token is told otherwise than none, or than Basic credentials, which end in 2027. */
export const unauthenticated = (bearer: boolean): VendorReply =>
  bearer
    ? {
        status: 401,
        headers: {},
        body: {
          error: 'invalid_token',
          error_description: 'The access token provided is expired, revoked, malformed or invalid for other reasons.',
        },
      }
    : refusal(401, "Couldn't authenticate you");

export const tooMany = (waitSeconds: number): VendorReply => ({
  ...refusal(429, 'APIRateLimitExceeded', 'Number of allowed API requests per minute exceeded'),
  headers: { 'Retry-After': String(waitSeconds) },
});
