/**
 * Signed roots beside the store, one JSON a line, to be copied to where who can write the store cannot: against a copy of it a trail
 * that was rewritten as a whole does not hold. Must not sign.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { AuditRoot } from '../store/audit';

const rootSchema = z.object({
  chainId: z.string(),
  seq: z.number().int(),
  hash: z.string(),
  at: z.number(),
  signature: z.string(),
});

/** Lays the public key into a folder at once, so that a trail can be verified before its first root; then adds roots, durably. */
export function createRootsFile(folder: string, publicKey: string): (root: AuditRoot) => Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(folder, 'public-key.pem'), publicKey);
  return async (root) => {
    const file = await open(path.join(folder, 'roots.ndjson'), 'a');
    try {
      await file.write(`${JSON.stringify(root)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  };
}

/** None when there is no file. Errors: throws for a line that is no root; the last one may be half written. */
export async function readRootsFile(folder: string): Promise<AuditRoot[]> {
  const text = await readFile(path.join(folder, 'roots.ndjson'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  // Behind the last line break: nothing, or what a killed process had begun.
  lines.pop();
  return lines.map((line) => rootSchema.parse(JSON.parse(line)));
}
