/**
 * Webhooks: verify on the raw body ▸ take into the inbox, durable ▸ answer ▸ apply later. An event only says which record
 * changed: the record itself is read from the source, so order, repeats and partial bodies do no harm. Knows no vendor.
 */
import { errorCodeOf } from '../schema/errors';
import type { InboxEntry } from './profiles/store/store';
import type { ProfilesDoor, ReadWebhook, SourceClient, WebhookRequest } from './source';

/** The body as JSON; undefined where it is none. To be read only once its signature holds. */
export function parseBody(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(rawBody).toString('utf8'));
  } catch {
    return undefined;
  }
}

export interface WebhookReceiver {
  /** Answers the status for the vendor. Errors: STORE_UNAVAILABLE when the events could not be kept; the vendor tries again. */
  receive(request: WebhookRequest): Promise<number>;
  /** Applies what is pending, as after a restart. */
  resume(): void;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

export interface WebhookReceiverOptions {
  readonly source: string;
  readonly read: ReadWebhook;
  readonly client: Pick<SourceClient, 'fetchMany' | 'fetchChanged' | 'batchLimit'>;
  readonly door: Pick<ProfilesDoor, 'ingest' | 'receive' | 'findPending'>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onTrouble: (trouble: { readonly what: string; readonly code: string }) => void;
}

const FETCH_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

export function createWebhookReceiver(options: WebhookReceiverOptions): WebhookReceiver {
  const { source, read, client, door, now, onTrouble } = options;
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;

  const apply = async (pending: readonly InboxEntry[]): Promise<void> => {
    const keys = [...new Set(pending.map(({ key }) => key))];
    const fetchedAt = now();
    const deadlineAt = fetchedAt + FETCH_TIMEOUT_MS;
    try {
      const found = client.fetchChanged
        ? await client.fetchChanged(keys, { deadlineAt })
        : await client.fetchMany(keys, { deadlineAt, changedSince: null });
      const absent = keys.filter((key) => !found.has(key));
      // Several keys may be one record's.
      const records = [...new Set(found.values())];
      const { failures } = await door.ingest({ source, records, partial: true, absent, fetchedAt, applied: pending });
      for (const code of failures) onTrouble({ what: 'ingest', code });
    } catch (error) {
      if (errorCodeOf(error) !== 'UPSTREAM_INVALID') throw error;
      // One record that cannot be read must not hold up the others, nor be asked for for ever.
      if (keys.length > 1) {
        for (const entry of pending) await apply([entry]);
        return;
      }
      onTrouble({ what: 'unreadable record', code: errorCodeOf(error) });
      await door.ingest({ source, records: [], fetchedAt, applied: pending });
    }
  };

  const drain = async (): Promise<void> => {
    do {
      again = false;
      for (;;) {
        const pending = await door.findPending(source, client.batchLimit);
        if (pending.length === 0 || closed) break;
        await apply(pending);
        failures = 0;
      }
    } while (again && !closed);
  };

  /** One run at a time; what arrives meanwhile is seen by another round of it. */
  const start = (): void => {
    if (closed) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    clearTimeout(retry);
    running = drain()
      .catch((error: unknown) => {
        onTrouble({ what: 'webhook', code: errorCodeOf(error) });
        if (closed) return;
        retry = setTimeout(start, Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++));
      })
      .finally(() => {
        running = undefined;
      });
  };

  return {
    async receive(request) {
      const verdict = read(request);
      if (verdict.status !== 200) return verdict.status;
      const receivedAt = now();
      const entries = verdict.events.flatMap(({ eventId, key }) =>
        key === null ? [] : [{ source, eventId, key, receivedAt }],
      );
      if (entries.length > 0) {
        await door.receive(entries);
        start();
      }
      return verdict.status;
    },
    resume: start,
    async close() {
      closed = true;
      clearTimeout(retry);
      await running;
    },
  };
}
