/**
 * `POST /v1/templates/{template}/customers` with `{"ids": […]}`: one row of NDJSON for each id, in order, with what the route of one
 * customer would have answered. Read in slices as fast as the sender takes them. Must not authenticate.
 */
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { ERRORS, errorCodeOf, facetError } from '../schema/errors';
import type { ErrorCode } from '../schema/errors';
import type { Principal } from '../schema/request-policy';
import { dataOf } from './execute/executor';
import type { GatewayResult } from './execute/executor';
import type { LocatedNote } from './execute/fetch';
import type { Reader } from './execute/reader';
import type { HttpAnswer } from './graphql-http';
import { MAX_BATCH_IDS } from './limits';
import type { Metrics } from './metrics';
import type { NoteObserved } from './observed';
import { executeDecided, mayExplain, policyOf } from './request';
import { answerTemplate, outcomeOf } from './template-answer';
import type { CustomerResult } from './template-answer';
import { bodyOf, findTemplate } from './template-routes';
import type { Template, Templates } from './templates';

/** Customers read at once: each slice has the template's deadline to itself. */
const SLICE = 100;

const requestSchema = z.strictObject({ ids: z.array(z.string().min(1).max(128)).min(1).max(MAX_BATCH_IDS) });

export interface BatchScope {
  readonly principal: Principal;
  readonly requestId: string;
  readonly reader: Reader;
  /** Of the links in the mails. */
  readonly publicUrl: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Told the code of each row that is an error. */
  readonly countError: (code: ErrorCode) => void;
  readonly countAnswer: Metrics['countAnswer'];
  readonly noteObserved: NoteObserved;
}

/**
 * *Shape*: a row is `{"id", "status": 200, "answer": {…}}`, or `{"id", "status", "errors": […]}`; the answer's own status is 200.
 *
 * *Errors*: BAD_REQUEST, and those of the route of one customer that come before anybody is read.
 */
export function answerBatch(
  templates: Templates,
  route: { readonly template: string },
  body: Buffer,
  scope: BatchScope,
): HttpAnswer {
  const template = findTemplate(templates, route.template, scope.principal);
  const ids = parseIds(body);
  return {
    status: 200,
    headers: { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' },
    body: rowsOf(template, ids, scope),
  };
}

function parseIds(body: Buffer): readonly string[] {
  let given: unknown;
  try {
    given = JSON.parse(body.toString('utf8'));
  } catch {
    throw facetError('BAD_REQUEST', 'Invalid JSON: expected {"ids": […]}.');
  }
  const { success, data } = requestSchema.safeParse(given);
  if (!success) throw facetError('BAD_REQUEST', `Expected {"ids": […]} with 1 to ${MAX_BATCH_IDS} customer ids.`);
  return data.ids;
}

async function* rowsOf(template: Template, ids: readonly string[], scope: BatchScope): AsyncGenerator<string> {
  for (let from = 0; from < ids.length && !scope.reader.isGone; from += SLICE) {
    const slice = ids.slice(from, from + SLICE);
    const policy = policyOf({ ...scope, startedAt: scope.now(), purpose: template.contract.purpose, template });
    const context = { policy, deadlineAt: policy.deadlineAt, requestId: scope.requestId, reader: scope.reader };
    const result = await executeDecided(template.byIds, { ids: slice }, context);
    scope.noteObserved(policy, result);
    const results = splitByCustomer(result, slice.length);
    yield slice.map((id, index) => rowOf(template, id, results[index] as CustomerResult, scope)).join('');
  }
}

function rowOf(template: Template, id: string, result: CustomerResult, scope: BatchScope): string {
  const options = { mayExplain: mayExplain(scope.principal), publicUrl: scope.publicUrl };
  const answer = answerTemplate(template, result, options);
  scope.countAnswer({ template: template.name, outcome: outcomeOf(answer) });
  try {
    return `${JSON.stringify({ id, status: 200, answer: bodyOf(answer) })}\n`;
  } catch (error) {
    const code = errorCodeOf(error);
    scope.countError(code);
    const errors = [{ message: (error as Error).message, extensions: { code } }];
    return `${JSON.stringify({ id, status: ERRORS[code].httpStatus, errors })}\n`;
  }
}

/** The result of `customers(ids)` as one of `customer(id)` for each; what lies at no customer's place concerns everybody. */
export function splitByCustomer(result: GatewayResult, count: number): CustomerResult[] {
  const customers = (dataOf(result)?.customers ?? []) as readonly unknown[];
  const split = Array.from({ length: count }, (_, index) => ({
    customer: customers[index] ?? null,
    errors: [] as GraphQLError[],
    privacy: {} as Record<string, LocatedNote[]>,
  }));
  const placesOf = ([, index]: Path) => {
    const place = typeof index === 'number' ? split[index] : undefined;
    return place === undefined ? split : [place];
  };

  for (const { message, path = [], extensions } of result.errors ?? []) {
    const error = new GraphQLError(message, { path: belowCustomer(path), extensions });
    for (const { errors } of placesOf(path)) errors.push(error);
  }
  for (const [name, notes] of Object.entries(result.privacy ?? {})) {
    for (const note of notes) {
      for (const { privacy } of placesOf(note.path)) {
        (privacy[name] ??= []).push({ ...note, path: belowCustomer(note.path) });
      }
    }
  }
  return split;
}

type Path = ReadonlyArray<string | number>;

/** `["customers", 7, "contact"]` → `["customer", "contact"]`. */
function belowCustomer(path: Path): Path {
  return ['customer', ...path.slice(2)];
}
