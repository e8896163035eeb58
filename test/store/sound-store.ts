/** A data folder with something in every collection, for tests that damage it; `known.json` says what to ask it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import {
  change,
  checkpoint,
  consentEvent,
  customerId,
  erasureTask,
  profile,
  storedRecord,
  suppression,
} from './contract';
import type { Known } from './whole-store';

const CUSTOMERS = 40;
const encryptionKey = Buffer.alloc(32, 9).toString('base64');

export async function laySoundStore(folder: string): Promise<void> {
  const numbers = Array.from({ length: CUSTOMERS }, (_, index) => index + 1);
  const addressKey = (number: number) => `h${number}`;
  const identity = (number: number) => ({ namespace: 'email', key: addressKey(number) });
  mkdirSync(folder, { recursive: true });
  const store = await openStore({ dataDir: folder, encryptionKeys: [encryptionKey] });
  // One after another, some twice: the file has pages of several commits, and free ones.
  for (const number of [...numbers, ...numbers.slice(0, 10)]) {
    const id = customerId(number);
    const sources = ['crm', 'support'];
    await store.commit({
      profiles: [profile(number)],
      records: sources.map((source) =>
        storedRecord(number, {
          source,
          // Some on pages of their own.
          blobs: {
            CONTACT: Buffer.alloc(60, number),
            PURCHASE_HISTORY: Buffer.alloc(number % 5 === 0 ? 9_000 : 300, number),
          },
        }),
      ),
      link: [{ ...identity(number), customerId: id }],
      consentEvents: ['r1', 'r2', 'r3'].map((recordId) => consentEvent(number, recordId)),
      suppress: number % 3 === 0 ? [suppression(addressKey(number))] : [],
      tombstones: number % 4 === 0 ? [{ key: addressKey(number), erasedAt: 1_700_000_000_000 }] : [],
      erasureTasks: number % 7 === 0 ? [erasureTask(number)] : [],
      received: [{ source: 'crm', eventId: `e${number}`, key: `k${number}`, receivedAt: 1_700_000_000_000 + number }],
      checkpoints: [checkpoint('crm', { count: number })],
      audit: [{ chainId: 'chain', text: JSON.stringify({ number }) }],
      changes: [change(number)],
    });
  }
  await store.close();
  const known: Known & { encryptionKey: string } = {
    encryptionKey,
    customerIds: numbers.map(customerId),
    sources: ['crm', 'support'],
    identities: numbers.map(identity),
    addressKeys: numbers.map(addressKey),
    chains: ['chain'],
  };
  writeFileSync(path.join(folder, 'known.json'), JSON.stringify(known));
}
