/**
 * One call of one subgraph that always settles, in time, with an answer or with the reason why there is none. Over the network a query is
 * asked a second time when it was lost, or is not answered by half of its time; and nobody is asked who keeps failing.
 * Must not read the answer.
 */
import { GraphQLError } from 'graphql';
import type { Permit } from '../../schema/circuit';
import { troubleOf, unavailable, type Answerer, type Trouble } from './failure';
import type { RequestContext, SubgraphRequest, SubgraphResponse, SubgraphTransport } from './fetch';
import { AnswerTooLarge, isOutage, NothingCame } from './outage';

export interface Subgraph extends Answerer {
  readonly transport: SubgraphTransport;
  readonly timeoutMs: number;
}

export type Outcome =
  | { readonly answer: SubgraphResponse; readonly trouble?: undefined }
  | { readonly answer?: undefined; readonly trouble: Trouble };

/** Resolved and never rejected. A call whose time is up before it began is not sent. `isQuery`: it may be asked twice. */
export function call(
  subgraph: Subgraph,
  request: SubgraphRequest,
  context: RequestContext,
  isQuery: boolean,
): Promise<Outcome> {
  const timeoutMs = Math.min(subgraph.timeoutMs, context.deadlineAt - Date.now());
  if (timeoutMs <= 0)
    return Promise.resolve({ trouble: timedOut(subgraph, 'the deadline of the request had passed before') });
  if (context.reader?.isGone === true) {
    return Promise.resolve({ trouble: unavailable(subgraph.name, 'the request was aborted before it was asked') });
  }
  return new Promise((resolve) => converse({ subgraph, request, context, timeoutMs, isQuery }, resolve));
}

interface Conversation {
  readonly subgraph: Subgraph;
  readonly request: SubgraphRequest;
  readonly context: RequestContext;
  readonly timeoutMs: number;
  readonly isQuery: boolean;
}

/** One time the subgraph was asked. */
interface Attempt {
  readonly permit: Permit | undefined;
  tellSubgraph: (() => void) | undefined;
  isOver: boolean;
}

function converse(
  { subgraph, request, context, timeoutMs, isQuery }: Conversation,
  resolve: (outcome: Outcome) => void,
) {
  const { line } = subgraph.transport;
  const isHedged = isQuery && line !== undefined;
  let second: Attempt | undefined;
  let timer: NodeJS.Timeout | undefined;

  const settle = (outcome: Outcome): void => {
    clearTimeout(timer);
    context.reader?.forget(leave);
    resolve(outcome);
  };
  // A subgraph that nobody waits for is told so; else it goes on working, and holds a connection that others wait for.
  const end = (attempt: Attempt | null | undefined, how: 'failure' | 'unknown'): void => {
    if (!attempt || attempt.isOver) return;
    attempt.isOver = true;
    attempt.permit?.(how);
    attempt.tellSubgraph?.();
  };
  const giveUp = (trouble: Trouble, how: 'failure' | 'unknown'): void => {
    settle({ trouble });
    end(first, how);
    end(second, how);
  };
  const leave = () => giveUp(unavailable(subgraph.name, 'the client went away'), 'unknown');
  // Whoever had less time than usual is not slow for it.
  const passed = () =>
    giveUp(
      timedOut(subgraph, `waited ${Math.round(timeoutMs)} ms`),
      timeoutMs === subgraph.timeoutMs ? 'failure' : 'unknown',
    );

  /** null: the circuit is open. */
  const ask = (): Attempt | null => {
    const permit = line?.circuit.admit();
    if (permit === null) return null;
    const attempt: Attempt = { permit, tellSubgraph: undefined, isOver: false };
    const answered = (answer: SubgraphResponse): void => {
      if (attempt.isOver) return;
      attempt.isOver = true;
      permit?.('success');
      settle({ answer });
      end(attempt === first ? second : first, 'unknown');
    };
    const failed = (error: unknown): void => {
      if (attempt.isOver) return;
      attempt.isOver = true;
      permit?.(isOutage(error) ? 'failure' : 'unknown');
      if (isHedged && second === undefined && error instanceof NothingCame && askAgain()) return;
      const other = attempt === first ? second : first;
      if (other && !other.isOver) return;
      settle({ trouble: whyNone(error, subgraph) });
    };
    try {
      subgraph.transport(request, context, (tell) => (attempt.tellSubgraph = tell)).then(answered, failed);
    } catch (error) {
      queueMicrotask(() => failed(error));
    }
    return attempt;
  };
  /** False: the circuit is open. */
  const askAgain = (): boolean => {
    const attempt = ask();
    if (attempt === null || line === undefined) return false;
    second = attempt;
    line.hedges += 1;
    return true;
  };

  const first = ask();
  if (first === null) {
    return resolve({ trouble: unavailable(subgraph.name, 'not asked, since it failed too often just now') });
  }
  context.reader?.whenGone(leave);
  if (!isHedged) {
    timer = setTimeout(passed, timeoutMs);
    return;
  }
  const halfMs = timeoutMs / 2;
  timer = setTimeout(() => {
    timer = setTimeout(passed, halfMs);
    if (second === undefined) askAgain();
  }, halfMs);
}

/** What a subgraph of ours refuses with is told. Any other reason stays here: it may name hosts. */
function whyNone(error: unknown, subgraph: Subgraph): Trouble {
  if (subgraph.isOurs && error instanceof GraphQLError) return troubleOf(error, subgraph);
  const what = error instanceof AnswerTooLarge ? error.message : 'expected an answer, got none';
  return unavailable(subgraph.name, what);
}

function timedOut(subgraph: Subgraph, what: string): Trouble {
  return {
    code: 'SUBGRAPH_TIMEOUT',
    message: `The subgraph ${subgraph.name} did not answer in time: ${what}.`,
    serviceName: subgraph.name,
  };
}
