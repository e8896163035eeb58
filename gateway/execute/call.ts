/**
 * One call of one subgraph that always settles, in time, with an answer or with the reason why there is none.
 * Must not read the answer.
 */
import { unavailable, type Answerer, type Trouble } from './failure';
import { AnswerTooLarge } from './fetch';
import type { RequestContext, SubgraphRequest, SubgraphResponse, SubgraphTransport } from './fetch';

export interface Subgraph extends Answerer {
  readonly transport: SubgraphTransport;
  readonly timeoutMs: number;
}

export type Outcome =
  | { readonly answer: SubgraphResponse; readonly trouble?: undefined }
  | { readonly answer?: undefined; readonly trouble: Trouble };

/** Resolved and never rejected. A call whose time is up before it began is not sent. */
export function call(subgraph: Subgraph, request: SubgraphRequest, context: RequestContext): Promise<Outcome> {
  const timeoutMs = Math.min(subgraph.timeoutMs, context.deadlineAt - Date.now());
  if (timeoutMs <= 0)
    return Promise.resolve({ trouble: timedOut(subgraph, 'the deadline of the request had passed before') });
  if (context.signal?.aborted === true) {
    return Promise.resolve({ trouble: unavailable(subgraph.name, 'the request was aborted before it was asked') });
  }
  return new Promise((resolve) => {
    let tellSubgraph: (() => void) | undefined;
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      context.signal?.removeEventListener('abort', leave);
      resolve(outcome);
    };
    // A subgraph that nobody waits for is told so; else it goes on working, and holds a connection that others wait for.
    const giveUp = (trouble: Trouble): void => {
      settle({ trouble });
      tellSubgraph?.();
    };
    const leave = () => giveUp(unavailable(subgraph.name, 'the client went away'));
    const timer = setTimeout(() => giveUp(timedOut(subgraph, `waited ${Math.round(timeoutMs)} ms`)), timeoutMs);
    context.signal?.addEventListener('abort', leave);
    // Any other reason stays here: it may name hosts.
    const fail = (error: unknown): void => {
      const what = error instanceof AnswerTooLarge ? error.message : 'expected an answer, got none';
      settle({ trouble: unavailable(subgraph.name, what) });
    };
    try {
      subgraph
        .transport(request, context, (giveUp) => (tellSubgraph = giveUp))
        .then((answer) => settle({ answer }), fail);
    } catch (error) {
      fail(error);
    }
  });
}

function timedOut(subgraph: Subgraph, what: string): Trouble {
  return {
    code: 'SUBGRAPH_TIMEOUT',
    message: `The subgraph ${subgraph.name} did not answer in time: ${what}.`,
    serviceName: subgraph.name,
  };
}
