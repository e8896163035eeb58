/**
 * Looks at an LMDB data file before the engine maps it: a page that is missing from a mapped file ends the process with
 * SIGBUS, a page of rubbish may end it with SIGSEGV, and no JavaScript can catch either. Reads only; must not open the engine.
 *
 * Here the two header pages, of which the newer says where everything is; embedded.pages.ts looks at what they lead to.
 *
 * Source: lmdb 3.5.6, dependencies/lmdb/libraries/liblmdb/mdb.c (MDB_page_header, MDB_meta, MDB_db).
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkTrees, Damage, HEADER_BYTES, parseTree, type Tree } from './embedded.pages';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 144;
const MAX_PAGE_BYTES = 65_536;
const META = 0x08;
/** LMDB keeps the integer keys of its list of free pages apart by this. */
const INTEGER_KEYS = 0x08;
const ATTEMPTS = 5;

interface Meta {
  readonly pageBytes: number;
  readonly mapBytes: bigint;
  readonly lastPage: bigint;
  readonly transaction: bigint;
  readonly free: Tree;
  readonly main: Tree;
}

export interface FileCheck {
  /** What is wrong, in words without a path; null when the file is absent, empty or sound. */
  readonly damage: string | null;
  /** Values without checksums. */
  readonly unchecked: number;
}

const SOUND: FileCheck = { damage: null, unchecked: 0 };

/**
 * The files of an environment's folder. `live`: another process may be writing to it, so that only the length is looked at. Errors: those of the
 * file system.
 */
export function checkEnvironment(folder: string, { live }: { readonly live: boolean }): FileCheck {
  return checkFiles(folder, (fd) => checkOpened(fd, live));
}

/**
 * Every page and value of an environment's last commit, beside whoever writes to it. Whoever asks holds a read transaction of the engine, so that
 * nothing that is looked at here is written over meanwhile. Errors: those of the file system.
 */
export function checkSnapshot(folder: string): FileCheck {
  return checkFiles(folder, (fd) => {
    const { meta, damage } = settledMeta(fd);
    if (meta === null) return { damage, unchecked: 0 };
    try {
      return { damage: null, unchecked: checkTrees({ ...meta, fd, size: fstatSync(fd).size }, meta) };
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      return { damage: error.message, unchecked: 0 };
    }
  });
}

function checkFiles(folder: string, check: (fd: number) => FileCheck): FileCheck {
  const lock = statSync(join(folder, 'lock.mdb'), { throwIfNoEntry: false });
  if (lock?.isFile() === false) return { damage: 'its lock file is no file', unchecked: 0 };
  const dataFile = join(folder, 'data.mdb');
  const data = statSync(dataFile, { throwIfNoEntry: false });
  if (data?.isFile() === false) return { damage: 'its data file is no file', unchecked: 0 };
  if (data === undefined || data.size === 0) return SOUND;
  const fd = openSync(dataFile, 'r');
  try {
    return check(fd);
  } finally {
    closeSync(fd);
  }
}

function checkOpened(fd: number, live: boolean): FileCheck {
  for (let attempt = 1; ; attempt++) {
    const { meta, damage } = settledMeta(fd);
    if (meta === null) return { damage, unchecked: 0 };
    try {
      return { damage: null, unchecked: checkPages(fd, meta, live) };
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      // A writer that commits meanwhile reuses pages under this walk: look again. Who still writes has a sound file.
      if (settledMeta(fd).meta?.transaction === meta.transaction) return { damage: error.message, unchecked: 0 };
      if (attempt === ATTEMPTS) return SOUND;
    }
  }
}

/** The header as it is between two commits: read in the midst of one, its pages seem to contradict each other. */
function settledMeta(
  fd: number,
): { readonly meta: Meta; readonly damage: null } | { readonly meta: null; readonly damage: string } {
  for (;;) {
    const before = readHeader(fd);
    try {
      return { meta: readMeta(fd), damage: null };
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      if (readHeader(fd).equals(before)) return { meta: null, damage: error.message };
    }
  }
}

/** What holds both header pages, whatever the size of pages. */
function readHeader(fd: number): Buffer {
  const bytes = Buffer.alloc(2 * MAX_PAGE_BYTES);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
}

function readAt(fd: number, bytes: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  const read = readSync(fd, buffer, 0, bytes, position);
  if (read < bytes) throw new Damage(`the file ends at byte ${position + read}, inside what it needs`);
  return buffer;
}

/** The newer of the two meta pages; both must be sound, for the engine compares them unchecked. */
function readMeta(fd: number): Meta {
  const first = parseMeta(readAt(fd, HEADER_BYTES + META_BYTES, 0), 0n);
  const second = parseMeta(readAt(fd, HEADER_BYTES + META_BYTES, first.pageBytes), 1n);
  const [older, newer] = second.transaction > first.transaction ? [first, second] : [second, first];
  // Commits write them in turn; a new file and a compact copy leave one at 0. A number that was changed would bring an old state back.
  if (older.transaction !== 0n && newer.transaction !== older.transaction + 1n) {
    throw new Damage('the header pages tell of commits that do not follow each other');
  }
  if (second.pageBytes !== first.pageBytes) throw new Damage('the header pages claim pages of different sizes');
  for (const { main, pageBytes, transaction } of [older, newer]) {
    if (main.root === null) continue;
    const writtenBy = readAt(fd, HEADER_BYTES, Number(main.root) * pageBytes).readBigUInt64LE(8);
    // Every commit writes the root anew; a compact copy keeps pages of earlier ones.
    const isIts = older.transaction === 0n ? writtenBy <= transaction : writtenBy === transaction;
    if (!isIts) throw new Damage('a header page does not lead to what its commit wrote');
  }
  return newer;
}

function parseMeta(page: Buffer, number: bigint): Meta {
  if (page.readBigUInt64LE(0) !== number || page.readUInt16LE(18) !== META) {
    throw new Damage('a header page is not where it should be');
  }
  const bytes = page.subarray(HEADER_BYTES);
  if (bytes.readUInt32LE(0) !== MAGIC) throw new Damage('a header page does not carry LMDB’s stamp');
  if ((bytes.readUInt32LE(4) & 0xffff) !== DATA_VERSION) throw new Damage('a header page is of another LMDB format');
  const pageBytes = bytes.readUInt32LE(24);
  if (pageBytes < 512 || pageBytes > MAX_PAGE_BYTES || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new Damage(`a header page claims pages of ${pageBytes} bytes`);
  }
  const meta = {
    pageBytes,
    mapBytes: bytes.readBigUInt64LE(16),
    free: parseTree(bytes, 24),
    main: parseTree(bytes, 72),
    lastPage: bytes.readBigUInt64LE(120),
    transaction: bytes.readBigUInt64LE(128),
  };
  const hasFlags = meta.free.flags === INTEGER_KEYS && meta.main.flags === 0;
  const isTurn = meta.transaction === 0n || meta.transaction % 2n === number;
  // 0x7fff_ffff_ffff: no machine maps more.
  const fits = meta.mapBytes < 0x7fff_ffff_ffffn && meta.mapBytes / BigInt(pageBytes) > meta.lastPage;
  const leads = [meta.free, meta.main].every(({ root }) => root === null || root <= meta.lastPage);
  if (!hasFlags || !isTurn || !fits || !leads || bytes.readBigUInt64LE(8) !== 0n) {
    throw new Damage('a header page contradicts itself');
  }
  return meta;
}

function checkPages(fd: number, meta: Meta, live: boolean): number {
  const { size } = fstatSync(fd);
  const pages = Math.floor(size / meta.pageBytes);
  // The last pages may be free and never written: then the file is short and sound, and only the walk can tell.
  const short = BigInt(pages) <= meta.lastPage;
  if (live && !short) return 0;
  return checkTrees({ ...meta, fd, size }, meta);
}
