/**
 * Signed roots beside the store, one JSON a line, to be copied to where who can write the store cannot: against a copy of it a trail
 * that was rewritten as a whole does not hold. Must not sign.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
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
  layWhole(path.join(folder, 'public-key.pem'), publicKey);
  cutHalfLine(path.join(folder, 'roots.ndjson'));
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

/** A process that is killed leaves the file as it was, or as it is to be. */
function layWhole(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  const fd = openSync(`${file}.new`, 'w');
  try {
    writeSync(fd, text);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.new`, file);
}

/** Bytes; more than a line has. */
const TAIL = 4_096;

/** What a killed process had begun to write would be the beginning of the next line. */
function cutHalfLine(file: string): void {
  if (!existsSync(file)) return;
  const fd = openSync(file, 'r+');
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(0, size - TAIL);
    const tail = Buffer.alloc(size - from);
    readSync(fd, tail, 0, tail.length, from);
    const whole = from + tail.lastIndexOf('\n') + 1;
    if (whole < size) ftruncateSync(fd, whole);
  } finally {
    closeSync(fd);
  }
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
