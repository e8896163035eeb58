/**
 * `npm run watch -- --customer <id>`: shows a customer's changes in a terminal as they come, or since a cursor. Goes on by itself when the
 * gateway comes back. Ends on Ctrl-C, and says how to go on.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { parseGatewayConfig } from '../../gateway/config';
import { PURPOSES } from '../../schema/policy';

const USAGE = `usage: npm run watch -- --customer <id> [--purpose <${PURPOSES.join('|')}>] [--as renderer|analyst|supportAgent|privacyOfficer|admin] [--after <cursor>]`;

const SUBSCRIPTION = `subscription ($ids: [ID!], $after: Cursor) {
  customerChanged(ids: $ids, after: $after) {
    cursor kind changedFields
    customer { id contact { firstName lastName email } address { city country } consents { purpose state } lastOrder { placedAt } cart { abandonedAt } }
  }
}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      customer: { type: 'string' },
      purpose: { type: 'string', default: 'EMAIL_MARKETING' },
      as: { type: 'string', default: 'renderer' },
      after: { type: 'string' },
    },
  });
  const isPurpose = PURPOSES.some((purpose) => purpose === values.purpose);
  if (values.customer === undefined || !isPurpose) throw new Error(USAGE);
  const dataDir = path.resolve(parseGatewayConfig(process.env).FACET_DATA_DIR);
  const { gateway } = readJson<{ gateway: string }>(path.join(dataDir, 'endpoints.json'));
  const token = readJson<Record<string, string>>(path.join(dataDir, 'dev-credentials.json'))[values.as];
  if (token === undefined) throw new Error(USAGE);

  /** Read anew whenever the client subscribes again. */
  const variables: { ids: string[]; after: string | null } = { ids: [values.customer], after: values.after ?? null };
  const client = createClient({
    url: `${gateway.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}`, purpose: values.purpose },
    // Forbidden stays forbidden; a gateway that went away comes back.
    shouldRetry: (event) => (event as { code?: number }).code !== 4403,
    on: { connected: () => console.log(`watching ${values.customer} for ${values.purpose}; Ctrl-C ends`) },
  });
  process.once('SIGINT', () => {
    if (variables.after !== null) console.log(`\nto go on from here: --after ${variables.after}`);
    process.exit(0);
  });
  for await (const { data, errors } of client.iterate({ query: SUBSCRIPTION, variables })) {
    if (errors) console.error(errors.map(({ message }) => message).join('\n'));
    const change = data?.customerChanged as Change | null | undefined;
    variables.after = change?.cursor ?? (errors?.[0]?.extensions?.cursor as string | undefined) ?? variables.after;
    if (!change) continue;
    console.log(
      `\n${new Date().toISOString()}  ${change.kind}  ${change.changedFields.join(', ') || 'nothing you may see'}`,
    );
    console.log(JSON.stringify(change.customer, null, 2));
  }
}

interface Change {
  readonly cursor: string;
  readonly kind: string;
  readonly changedFields: readonly string[];
  readonly customer: unknown;
}

/** Errors: says to start Facet when the file is not there. */
function readJson<Value>(file: string): Value {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value;
  } catch {
    throw new Error(`${path.basename(file)} cannot be read. Is Facet running? Start it with: npm start`);
  }
}

main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exitCode = 1;
});

/** An error, the errors that ended the subscription, or the event with which the socket closed. */
function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return error.map(({ message }: { message: string }) => message).join('\n');
  const { message, reason, code } = error as Partial<Error> & { reason?: string; code?: number };
  return message || `The gateway closed the socket: ${code} ${reason}`;
}
