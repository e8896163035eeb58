/**
 * Trusted documents over `/graphql`: puts the document in place of its id, before Apollo, which would refuse one. Must not decide who may
 * run it.
 */
import type { HTTPGraphQLRequest } from '@apollo/server';
import { print } from 'graphql';
import { facetError } from '../schema/errors';
import type { Template, Templates } from './templates';

/** Apollo asks for proof of this before anything else, of a method it refuses too; here the bearer token is that proof. */
const NO_CROSS_SITE_REQUEST = ['apollo-require-preflight', 'true'] as const;

const texts = new WeakMap<Template, string>();

function textOf(template: Template): string {
  const text = texts.get(template) ?? print(template.document);
  texts.set(template, text);
  return text;
}

/** Puts a trusted document in place of its id; GET is for these only. Errors: DOCUMENT_UNKNOWN, BAD_REQUEST. */
export function resolveTrusted(request: HTTPGraphQLRequest, { byDocumentId }: Templates): Template | undefined {
  const body = request.body as { documentId?: unknown } | undefined;
  const isGet = request.method === 'GET';
  if (!isGet && request.method !== 'POST') {
    request.headers.set(...NO_CROSS_SITE_REQUEST);
    return undefined;
  }
  const parameters = new URLSearchParams(isGet ? request.search : '');
  const documentId = isGet ? parameters.get('documentId') : body?.documentId;
  if (documentId === undefined || documentId === null) {
    if (isGet) throw facetError('BAD_REQUEST', 'GET takes a documentId; ad-hoc operations are sent with POST.');
    return undefined;
  }
  const template = typeof documentId === 'string' ? byDocumentId.get(documentId) : undefined;
  if (template === undefined) throw facetError('DOCUMENT_UNKNOWN', 'No trusted document has this documentId.');
  const query = textOf(template);
  if (isGet) {
    parameters.delete('documentId');
    parameters.set('query', query);
    request.search = `?${parameters.toString()}`;
    request.headers.set(...NO_CROSS_SITE_REQUEST);
  } else {
    const { documentId: _replaced, ...rest } = body as Record<string, unknown>;
    request.body = { ...rest, query };
  }
  return template;
}
