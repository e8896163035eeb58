/**
 * The links that mails carry: `/u/{token}` unsubscribes, `/c/{token}` confirms a double opt-in. The token is the authority: no login, no
 * cookie, no CSRF token. GET shows a button and changes nothing, since scanners open every link; POST acts, once or many times alike.
 * Must not know whom a token is for: profiles does.
 *
 * Source: RFC 8058 § 3.1 (header values), § 3.2 (POST without context); RFC 9110 § 9.2.1 (GET is safe).
 */
import type { IncomingMessage } from 'node:http';
import { parse } from 'graphql';
import { ERRORS, errorCodeOf, facetError } from '../schema/errors';
import type { ErrorCode } from '../schema/errors';
import type { Executor } from './execute/executor';
import type { HttpAnswer } from './graphql-http';
import { policyOf, readBody } from './request';

export type LinkAction = 'unsubscribe' | 'confirm';

/** Header values that a sender copies into the mail. */
export interface MailHeaders {
  readonly 'List-Unsubscribe': string;
  readonly 'List-Unsubscribe-Post': string;
}

/** `publicUrl`: where the gateway is reached, without a trailing slash. */
export function mailHeadersOf(unsubscribeToken: string, publicUrl: string): MailHeaders {
  return {
    'List-Unsubscribe': `<${publicUrl}/u/${unsubscribeToken}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

const DOCUMENTS = {
  unsubscribe: parse('mutation ($token: String!) { unsubscribe(token: $token) }'),
  confirm: parse('mutation ($token: String!) { confirmConsent(token: $token) }'),
};
const WORDS = {
  unsubscribe: {
    asks: 'Do you want no more marketing e-mail?',
    button: 'Unsubscribe',
    done: 'You are unsubscribed. No more marketing e-mail will be sent to you.',
  },
  confirm: {
    asks: 'Do you confirm that you want these e-mails?',
    button: 'Confirm',
    done: 'Thank you, your consent is confirmed. You can withdraw it at any time.',
  },
};
const REFUSED = 'This link is not valid, or not any more.';
/** What a person can be told on a page; everything else may pass, and the mail client is to try again. */
const FOR_GOOD: readonly ErrorCode[] = ['TOKEN_UNKNOWN', 'CONSENT_INVALID', 'CUSTOMER_UNKNOWN'];

/** Errors: ROUTE_UNKNOWN for a graph that is not Facet's; what the store answers. */
export async function answerMailLink(
  executor: Executor,
  link: { readonly action: LinkAction; readonly token: string },
  request: IncomingMessage,
  scope: { readonly requestId: string; readonly startedAt: number },
): Promise<HttpAnswer> {
  const { asks, button, done } = WORDS[link.action];
  if (request.method !== 'POST') {
    return page(200, `<p>${asks}</p><form method="post"><button>${button}</button></form>`);
  }
  // Whatever it says: a mail client sends `List-Unsubscribe=One-Click`, the page's button nothing.
  await readBody(request);
  const policy = policyOf({ ...scope, purpose: null, principal: { id: 'link', role: 'DATA_SUBJECT', scopes: [] } });
  const context = { policy, deadlineAt: policy.deadlineAt, requestId: scope.requestId };
  const { errors = [] } = await prepare(executor, link.action).execute({ token: link.token }, context);
  const [error] = errors;
  if (error === undefined) return page(200, `<p>${done}</p>`);
  const code = errorCodeOf(error);
  if (!FOR_GOOD.includes(code)) throw facetError(code, 'The link could not be followed now.');
  return page(ERRORS[code].httpStatus, `<p>${REFUSED}</p>`);
}

function prepare(executor: Executor, action: LinkAction) {
  try {
    return executor.prepare(DOCUMENTS[action]);
  } catch {
    throw facetError('ROUTE_UNKNOWN', 'This graph sends no mails.');
  }
}

function page(status: number, content: string): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
    },
    body: `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>E-mail</title>${content}</html>`,
  };
}
