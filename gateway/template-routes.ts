/**
 * `GET /v1/templates/{template}/customers/{id}` and `…/by/{namespace}/{value}`: what an e-mail sender calls. Executes the
 * template's plan directly, and writes the answer a sender can read. Must not authenticate.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { facetError } from '../schema/errors';
import type { Principal } from '../schema/request-policy';
import type { HttpAnswer } from './graphql-http';
import type { Metrics } from './metrics';
import type { NoteObserved } from './observed';
import { checkTemplate, executeDecided, mayExplain, policyOf } from './request';
import { dataOf } from './execute/executor';
import type { Reader } from './execute/reader';
import { answerTemplate, outcomeOf } from './template-answer';
import type { TemplateAnswer } from './template-answer';
import type { Template, Templates } from './templates';

/** The customer a URL names. */
export type CustomerReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'identity'; readonly namespace: string; readonly value: string };

/** Namespaces whose values are addresses: URLs are logged on their way, often for weeks. */
const NOT_IN_URLS = ['email', 'phone'];

/** Errors: TEMPLATE_UNKNOWN, PURPOSE_NOT_ENTITLED, TEMPLATE_NOT_APPROVED, IDENTITY_IN_URL, NAMESPACE_UNKNOWN, CUSTOMER_UNKNOWN, REQUIRED_MISSING, and what the store answers. */
export async function answerTemplateRoute(
  templates: Templates,
  route: { readonly template: string; readonly customer: CustomerReference },
  request: IncomingMessage,
  scope: {
    readonly principal: Principal;
    readonly requestId: string;
    readonly startedAt: number;
    readonly reader: Reader;
    /** Of the links in the mail. */
    readonly publicUrl: string;
    readonly noteObserved: NoteObserved;
    readonly countAnswer: Metrics['countAnswer'];
  },
): Promise<HttpAnswer> {
  const template = findTemplate(templates, route.template, scope.principal);
  const { customer } = route;
  if (customer.kind === 'identity' && (NOT_IN_URLS.includes(customer.namespace) || customer.value.includes('@'))) {
    throw facetError('IDENTITY_IN_URL', 'Expected an id, but got an address; addresses are refused in URLs.');
  }

  const policy = policyOf({ ...scope, purpose: template.contract.purpose, template });
  const context = { policy, deadlineAt: policy.deadlineAt, requestId: scope.requestId, reader: scope.reader };
  const result =
    customer.kind === 'id'
      ? await executeDecided(template.byId, { id: customer.id }, context)
      : await executeDecided(template.byIdentity, { namespace: customer.namespace, value: customer.value }, context);

  scope.noteObserved(policy, result);
  const ofCustomer = { ...result, customer: dataOf(result)?.customer };
  const answer = answerTemplate(template, ofCustomer, {
    mayExplain: mayExplain(scope.principal),
    publicUrl: scope.publicUrl,
  });
  scope.countAnswer({ template: template.name, outcome: outcomeOf(answer) });
  return withEntityTag(request, JSON.stringify(bodyOf(answer)));
}

/** Errors: TEMPLATE_UNKNOWN, PURPOSE_NOT_ENTITLED, TEMPLATE_NOT_APPROVED. */
export function findTemplate(templates: Templates, name: string, principal: Principal): Template {
  const template = templates.byName.get(name);
  if (template === undefined) throw facetError('TEMPLATE_UNKNOWN', 'No template has this name.');
  checkTemplate(principal, template);
  return template;
}

/** What the sender reads. Errors: CUSTOMER_UNKNOWN, REQUIRED_MISSING, and what the store answers. */
export function bodyOf(answer: TemplateAnswer): Record<string, unknown> {
  switch (answer.kind) {
    case 'unknown':
      throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id or identity.');
    case 'failed':
      throw facetError('REQUIRED_MISSING', 'A field this template requires has no value.');
    case 'error':
      throw facetError(answer.code, 'The customer could not be read.');
    case 'answer':
      return answer.body;
  }
}

/** Always asked again before it is used, since a consent can be withdrawn at any moment; unchanged, it costs no body. */
function withEntityTag(request: IncomingMessage, body: string): HttpAnswer {
  const entityTag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private, no-cache',
    etag: entityTag,
    vary: 'authorization',
  };
  const isUnchanged = request.headers['if-none-match'] === entityTag;
  return isUnchanged ? { status: 304, headers, body: '' } : { status: 200, headers, body };
}
