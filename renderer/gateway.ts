// The renderer's side of the gateway: where it is, which token opens it, one GET for one answer.
// Must not read process.env, must not retry (the gateway answers within its own deadline), and must never put the token,
// or anything the gateway answered beside its coded errors, into a message.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Answer, parseAnswer, parseErrors } from './answer';

/** A failure whose message is meant for the person at the command line. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
}

export interface Connection {
  /** Without a trailing slash, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token: string;
}
/** One customer, by Facet's id or by an id of a namespace (`shopify.customer`, `braze.external_id`). */
export type Customer = { readonly id: string } | { readonly namespace: string; readonly value: string };

/** The gateway's own deadlines are at most 1.5 s; beyond this it hangs. */
const TIMEOUT_MS = 10_000;
const RUNNING = 'Is it running? Start it with: npm start';
/** What reaches a terminal: one line, no control characters (they could rewrite what stands above), not endless. */
const MESSAGE_CHARACTERS = 400;

/**
 * *Source*: FACET_URL and FACET_TOKEN, else `endpoints.json` and `dev-credentials.json` in `dataDir`.
 * *Errors*: GatewayError when either is nowhere to be found or is no http address.
 */
export async function findConnection(options: {
  url: string | undefined;
  token: string | undefined;
  dataDir: string;
}): Promise<Connection> {
  const url =
    options.url || (await readKey(path.join(options.dataDir, 'endpoints.json'), 'gateway', 'or set FACET_URL'));
  const token =
    options.token ||
    (await readKey(path.join(options.dataDir, 'dev-credentials.json'), 'renderer', 'or set FACET_TOKEN'));
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new GatewayError('The gateway address must be an http or https URL, e.g. http://127.0.0.1:4000.');
  }
  return { url: url.replace(/\/+$/, ''), token: token.trim() };
}

/** *Errors*: GatewayError: not reachable, a coded error (`CODE: message`), or a body that is not an answer. */
export async function fetchAnswer(connection: Connection, template: string, customer: Customer): Promise<Answer> {
  const who =
    'id' in customer
      ? `customers/${encodeURIComponent(customer.id)}`
      : `by/${encodeURIComponent(customer.namespace)}/${encodeURIComponent(customer.value)}`;
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${connection.url}/v1/templates/${encodeURIComponent(template)}/${who}`, {
      headers: { authorization: `Bearer ${connection.token}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error', // a redirect would carry the token to an address nobody configured
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    const origin = new URL(connection.url).origin;
    // Never the error's own message: for a token that cannot be a header it holds the token.
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    throw new GatewayError(
      timedOut
        ? `The gateway at ${origin} did not answer within ${TIMEOUT_MS / 1000} s.`
        : `The gateway at ${origin} cannot be reached. ${RUNNING}`,
    );
  }
  const body = parseJson(text);
  if (status !== 200) {
    const coded = parseErrors(body) ?? 'an answer without an error code';
    throw new GatewayError(`The gateway answered HTTP ${status}: ${printable(coded, connection.token)}`);
  }
  try {
    return parseAnswer(body);
  } catch (error) {
    throw new GatewayError(`The gateway answered something else: ${(error as Error).message}`);
  }
}

async function readKey(file: string, key: string, otherwise: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new GatewayError(`Cannot read ${file}, which the gateway writes when it starts. ${RUNNING} (${otherwise})`);
  }
  const value = z.record(z.string(), z.unknown()).safeParse(parseJson(text)).data?.[key];
  if (typeof value !== 'string' || value === '') {
    throw new GatewayError(`${file} has no "${key}". Start the gateway again: npm start (${otherwise})`);
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function printable(message: string, token: string): string {
  const oneLine = message.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, MESSAGE_CHARACTERS);
  return token === '' ? oneLine : oneLine.replaceAll(token, '…');
}
