/**
 * PostHog's answers that carry no record. It must not know why an answer is given.
 * Source: vendors.md §3; texts of errors from memory.
 */
import type { VendorReply } from '../vendor';

/** Plain success. */
export const ok = (body: unknown): VendorReply => ({ status: 200, headers: {}, body });

/** An error in PostHog's shape. Shape: `attr` names the member of the body that is wrong. */
export const refusal = (options: {
  status: number;
  type: string;
  code: string;
  detail: string;
  attr?: string;
}): VendorReply => {
  const { status, type, code, detail, attr = null } = options;
  return { status, headers: {}, body: { type, code, detail, attr } };
};

export const invalid = (detail: string, attr?: string): VendorReply =>
  refusal({ status: 400, type: 'validation_error', code: 'invalid_input', detail, ...(attr && { attr }) });

export const notFound = (detail = 'Not found.'): VendorReply =>
  refusal({ status: 404, type: 'invalid_request', code: 'not_found', detail });

export const unauthenticated = (given: boolean): VendorReply =>
  given
    ? refusal({
        status: 401,
        type: 'authentication_error',
        code: 'invalid_personal_api_key',
        detail: 'Invalid personal API key.',
      })
    : refusal({
        status: 401,
        type: 'authentication_error',
        code: 'not_authenticated',
        detail: 'Authentication credentials were not provided.',
      });

export const throttled = (waitSeconds: number): VendorReply => {
  const detail = `Request was throttled. Expected available in ${waitSeconds} second${waitSeconds === 1 ? '' : 's'}.`;
  const reply = refusal({ status: 429, type: 'throttled_error', code: 'throttled', detail });
  return { ...reply, headers: { 'Retry-After': String(waitSeconds) } };
};
