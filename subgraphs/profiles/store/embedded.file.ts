/**
 * Looks at an LMDB data file before the engine maps it: a page that is missing from a mapped file ends the process with
 * SIGBUS, a page of rubbish may end it with SIGSEGV, and no JavaScript can catch either. Reads only; must not open the engine.
 *
 * There are no page checksums, so this tells damage of structure (header, page numbers, trees, sizes), not of values.
 *
 * Source: lmdb 3.5.6, dependencies/lmdb/libraries/liblmdb/mdb.c (MDB_page_header, MDB_meta, MDB_db, MDB_node, MDB_ovpage).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEADER_BYTES = 24;
const META_BYTES = 144;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
const BIG_DATA = 0x01;
const SUB_DATABASE = 0x02;
const DUPLICATES = 0x04;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** Above this, leaves are only counted, so that a store of a million customers still opens at once. */
const LEAVES_READ_UP_TO_BYTES = 256 * 1024 * 1024;
const ATTEMPTS = 5;

interface Tree {
  readonly depth: number;
  readonly root: bigint;
}

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
  readonly trees: readonly Tree[];
}

class Damage extends Error {}

/**
 * What is wrong with a data file, in words without a path; null when it is absent, empty or sound.
 *
 * `live`: another process may be writing to it, so that only what no writer changes is looked at.
 */
export function findDamage(dataFile: string, live: boolean): string | null {
  let fd: number;
  try {
    fd = openSync(dataFile, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    if (fstatSync(fd).size === 0) return null;
    return checkFile(fd, live);
  } finally {
    closeSync(fd);
  }
}

function checkFile(fd: number, live: boolean): string | null {
  for (let attempt = 1; ; attempt++) {
    let meta: Meta | undefined;
    try {
      meta = readMeta(fd);
      checkPages(fd, meta, live);
      return null;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      // A writer that commits meanwhile reuses pages under this walk: look again. Who still writes has a sound file.
      if (!meta || readMeta(fd).transaction === meta.transaction) return error.message;
      if (attempt === ATTEMPTS) return null;
    }
  }
}

function readAt(fd: number, bytes: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  const read = readSync(fd, buffer, 0, bytes, position);
  if (read < bytes) throw new Damage(`the file ends at byte ${position + read}, inside what it needs`);
  return buffer;
}

/** The newer of the two meta pages; both must be readable, for the engine compares them unchecked. */
function readMeta(fd: number): Meta {
  const first = parseMeta(readAt(fd, HEADER_BYTES + META_BYTES, 0), 0n);
  const second = parseMeta(readAt(fd, HEADER_BYTES + META_BYTES, first.pageBytes), 1n);
  return second.transaction > first.transaction ? second : first;
}

function parseMeta(page: Buffer, number: bigint): Meta {
  if (page.readBigUInt64LE(0) !== number || page.readUInt16LE(18) !== META) {
    throw new Damage('a header page is not where it should be');
  }
  const meta = page.subarray(HEADER_BYTES);
  if (meta.readUInt32LE(0) !== MAGIC) throw new Damage('a header page does not carry LMDB’s stamp');
  if ((meta.readUInt32LE(4) & 0xffff) !== DATA_VERSION) throw new Damage('a header page is of another LMDB format');
  const pageBytes = meta.readUInt32LE(24);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new Damage(`a header page claims pages of ${pageBytes} bytes`);
  }
  return {
    pageBytes,
    trees: [parseTree(meta, 24), parseTree(meta, 72)],
    lastPage: meta.readBigUInt64LE(120),
    transaction: meta.readBigUInt64LE(128),
  };
}

function parseTree(bytes: Buffer, at: number): Tree {
  return { depth: bytes.readUInt16LE(at + 6), root: bytes.readBigUInt64LE(at + 40) };
}

function checkPages(fd: number, meta: Meta, live: boolean): void {
  const { size } = fstatSync(fd);
  const pages = Math.floor(size / meta.pageBytes);
  // The last pages may be free and never written: then the file is short and sound, and only the walk can tell.
  const short = BigInt(pages) <= meta.lastPage;
  if (live && !short) return;
  walk({ fd, pages, pageBytes: meta.pageBytes, readLeaves: short || size <= LEAVES_READ_UP_TO_BYTES }, meta.trees);
}

interface File {
  readonly fd: number;
  readonly pages: number;
  readonly pageBytes: number;
  readonly readLeaves: boolean;
}

/** Visits every page that the trees reach: each must lie in the file, say its own number, and be reached once. */
function walk(file: File, trees: readonly Tree[]): void {
  const seen = new Uint8Array(file.pages);
  const open: Array<{ page: number; level: number }> = [];
  const reach = (page: bigint, count = 1): number => {
    const number = Number(page);
    if (number < 2 || number + count > file.pages) throw new Damage(`page ${page} of ${file.pages} is missing`);
    if (seen[number]) throw new Damage(`page ${page} is reached twice`);
    seen[number] = 1;
    return number;
  };
  const addTree = ({ root, depth }: Tree): void => {
    if (root === NO_PAGE) return;
    if (depth < 1 || depth > 64) throw new Damage(`a tree claims ${depth} levels`);
    open.push({ page: reach(root), level: depth });
  };
  trees.forEach(addTree);
  for (let next = open.pop(); next; next = open.pop()) {
    const { page, level } = next;
    // Overflow pages hang on leaves, so a file whose leaves are not read is trusted about them.
    if (level === 1 && !file.readLeaves) continue;
    const bytes = readPage(file, page, file.pageBytes, level > 1 ? BRANCH : LEAF);
    for (const node of nodesOf(bytes, page)) {
      if (level > 1) {
        open.push({ page: reach(branchTarget(bytes, node)), level: level - 1 });
        continue;
      }
      const { flags, data, dataBytes } = leafNode(bytes, node, page);
      if (flags & BIG_DATA) {
        const count = Math.ceil((dataBytes + HEADER_BYTES) / file.pageBytes);
        readPage(file, reach(bytes.readBigUInt64LE(data), count), HEADER_BYTES, OVERFLOW);
      } else if (flags & SUB_DATABASE && !(flags & DUPLICATES)) {
        addTree(parseTree(bytes, data));
      }
    }
  }
}

function readPage(file: File, page: number, bytes: number, kind: number): Buffer {
  const buffer = readAt(file.fd, bytes, page * file.pageBytes);
  if (buffer.readBigUInt64LE(0) !== BigInt(page)) throw new Damage(`page ${page} says that it is another`);
  if ((buffer.readUInt16LE(18) & kind) === 0) throw new Damage(`page ${page} is not of the kind its parent says`);
  return buffer;
}

/** Offsets of the nodes of a branch or leaf page. */
function nodesOf(bytes: Buffer, page: number): number[] {
  const lower = bytes.readUInt16LE(20);
  const upper = bytes.readUInt16LE(22);
  const room = bytes.length - HEADER_BYTES;
  if (lower > upper || upper > room || lower % 2 !== 0) throw new Damage(`page ${page} has impossible bounds`);
  const nodes: number[] = [];
  for (let at = 0; at < lower; at += 2) {
    const offset = bytes.readUInt16LE(HEADER_BYTES + at);
    if (offset < upper || offset + 8 > room) throw new Damage(`page ${page} has a node outside its bounds`);
    nodes.push(HEADER_BYTES + offset);
  }
  return nodes;
}

function branchTarget(bytes: Buffer, node: number): bigint {
  return BigInt(bytes.readUInt32LE(node)) | (BigInt(bytes.readUInt16LE(node + 4)) << 32n);
}

function leafNode(bytes: Buffer, node: number, page: number): { flags: number; data: number; dataBytes: number } {
  const dataBytes = bytes.readUInt32LE(node);
  const flags = bytes.readUInt16LE(node + 4);
  const data = node + 8 + bytes.readUInt16LE(node + 6);
  // A value on overflow pages leaves a reference of 24 bytes, a database its description of 48.
  const held = flags & BIG_DATA ? 24 : flags & SUB_DATABASE ? Math.max(48, dataBytes) : dataBytes;
  if (data + held > bytes.length) throw new Damage(`page ${page} has a value outside its bounds`);
  return { flags, data, dataBytes };
}
