/**
 * One client request as every route sees it: who asks, for what purpose, under which id. Must not answer.
 */
import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import { facetError } from '../schema/errors';
import { isEntitled, PURPOSES } from '../schema/policy';
import type { Purpose } from '../schema/policy';
import type { Principal, RequestPolicy } from '../schema/request-policy';
import type { GatewayResult, PreparedOperation } from './execute/executor';
import type { RequestContext } from './execute/fetch';
import { MAX_BODY_BYTES } from './limits';
import type { Template } from './templates';

/** An id a client may send, so that its own logs join ours: harmless characters only, since it is logged. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/**
 * The purpose a header names. None or an unknown one is not an error: everything classified is withheld then.
 * Errors: PURPOSE_NOT_ENTITLED.
 */
export function purposeOf(request: IncomingMessage, principal: Principal): Purpose | null {
  const named = request.headers['x-purpose'];
  const purpose = PURPOSES.find((each) => each === named) ?? null;
  if (purpose !== null) checkEntitled(principal, purpose);
  return purpose;
}

/** Errors: PURPOSE_NOT_ENTITLED. */
export function checkEntitled(principal: Principal, purpose: Purpose): void {
  if (!isEntitled(principal.role, purpose)) {
    throw facetError('PURPOSE_NOT_ENTITLED', `A principal with role ${principal.role} may not act for ${purpose}.`);
  }
}

/** Errors: PURPOSE_NOT_ENTITLED, TEMPLATE_NOT_APPROVED. */
export function checkTemplate(principal: Principal, { contract, isApproved }: Template): void {
  checkEntitled(principal, contract.purpose);
  if (!isApproved) {
    throw facetError('TEMPLATE_NOT_APPROVED', `Expected the privacy officer’s approval for ${contract.purpose}.`);
  }
}

export function mayExplain(principal: Principal): boolean {
  return principal.scopes.includes('policy:explain');
}

/** Limits of a request that no template sets. */
export const ADHOC = { deadlineMs: 5_000, maxAgeSeconds: 300 } as const;

/** What the gateway vouches for towards the subgraphs. */
export function policyOf(options: {
  readonly principal: Principal;
  readonly purpose: Purpose | null;
  readonly requestId: string;
  /** Unix time in milliseconds at which the request came in. */
  readonly startedAt: number;
  readonly template?: Pick<Template, 'name' | 'contract'> | undefined;
}): RequestPolicy {
  const { principal, purpose, requestId, startedAt, template } = options;
  const { deadlineMs, maxAgeSeconds } = template?.contract ?? ADHOC;
  return {
    principal,
    purpose,
    requestId,
    maxAgeSeconds,
    deadlineAt: startedAt + deadlineMs,
    ...(template === undefined ? {} : { contact: { topic: template.contract.topic }, template: template.name }),
  };
}

/** Errors: BODY_TOO_LARGE over the limit, BAD_REQUEST when the client goes away. */
export function readBody(request: IncomingMessage, limitBytes = MAX_BODY_BYTES): Promise<Buffer> {
  const tooLarge = () => facetError('BODY_TOO_LARGE', `Expected a body of at most ${limitBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.reject(tooLarge());
  // Events, since an asynchronous iterator costs as much as reading the request's head.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) return void chunks.push(chunk);
      request.off('data', onData).pause();
      reject(tooLarge());
    };
    const cutOff = () => {
      if (!request.complete) reject(facetError('BAD_REQUEST', 'The body ended before it was complete.'));
    };
    request.on('data', onData);
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.once('error', cutOff);
    request.once('close', cutOff);
  });
}

/**
 * Executes a read, and once more when a record fetched for it told something the decision rests on (a withdrawal, a birth date):
 * permission is never served stale. The second time that record is fresh, so its source is not asked for it again. A read whose client
 * goes away is given up, a mutation is not.
 */
export async function executeDecided(
  operation: PreparedOperation,
  variables: Record<string, unknown>,
  given: RequestContext,
): Promise<GatewayResult> {
  // Who withdraws consent and goes away has withdrawn it: only what is read ends with its reader.
  const { reader: _reader, ...unattended } = given;
  const context = operation.kind === 'query' ? given : unattended;
  const result = await operation.execute(variables, context);
  const isSettled = operation.kind !== 'query' || (result.privacy?.redecide ?? []).length === 0;
  return isSettled ? result : operation.execute(variables, context);
}
