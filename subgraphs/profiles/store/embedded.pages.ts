/**
 * Visits every page that the trees of an LMDB file reach: each must lie in the file, say its own number, be reached once and hold its entries in
 * order; each entry's checksums must be right, and the trees as large as they say. Reads only; must not know what a value means.
 *
 * Source: lmdb 3.5.6, dependencies/lmdb/libraries/liblmdb/mdb.c (MDB_page_header, MDB_node, MDB_ovpage, mdb_freelist_save).
 */
import { readSync } from 'node:fs';
import { checkEntry } from './embedded.codec';

export const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const BIG_DATA = 0x01;
const SUB_DATABASE = 0x02;
/** What stands in a leaf for a value on overflow pages: their first, the commit that wrote them, and how many. */
const OVERFLOW_REFERENCE_BYTES = 24;
const TREE_BYTES = 48;
const MAX_DEPTH = 32;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

export class Damage extends Error {}

export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: bigint;
  readonly leafPages: bigint;
  readonly overflowPages: bigint;
  readonly entries: bigint;
  /** null: it is empty. */
  readonly root: bigint | null;
}

export interface PageFile {
  readonly fd: number;
  readonly pageBytes: number;
  /** Pages up to this are in use or listed as free. */
  readonly lastPage: bigint;
  /** The commit that is looked at: no page it reaches is younger. */
  readonly transaction: bigint;
  /** How long the file is; the pages behind its end are free and were never written. */
  readonly size: number;
}

/** Of MDB_db's bytes. */
export function parseTree(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: bytes.readBigUInt64LE(at + 8),
    leafPages: bytes.readBigUInt64LE(at + 16),
    overflowPages: bytes.readBigUInt64LE(at + 24),
    entries: bytes.readBigUInt64LE(at + 32),
    root: root === NO_PAGE ? null : root,
  };
}

/** Answers how many values carry no checksums. Errors: Damage. */
export function checkTrees(file: PageFile, { free, main }: { readonly free: Tree; readonly main: Tree }): number {
  const seen = new Uint8Array(Number(file.lastPage) + 1);
  const trees: Tree[] = [];
  let unchecked = 0;
  const count = ({ key, value }: Node) => {
    const state = checkEntry(key, value);
    if (state === 'damaged') throw new Damage('an entry does not have the checksums it was written with');
    if (state === 'unchecked') unchecked++;
  };
  walk(file, main, seen, (node) => {
    if (node.flags & SUB_DATABASE) trees.push(parseTree(node.value, 0));
    else count(node);
  });
  for (const tree of trees) walk(file, tree, seen, count);
  const runs: ReturnType<typeof freePages> = [];
  walk(file, free, seen, ({ value }) => runs.push(...freePages(value)), compareIntegers);
  // Last: a page in use that is listed as free would be written over.
  for (const { first, count } of runs) reach(seen, first, count);
  return unchecked;
}

interface Node {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly flags: number;
}

type Compare = (a: Buffer, b: Buffer) => number;

const compareIntegers: Compare = (a, b) => {
  if (a.length !== 8 || b.length !== 8) throw new Damage('the list of free pages has a key that is no number');
  return Number(a.readBigUInt64LE(0) - b.readBigUInt64LE(0));
};

/** In order of keys. */
function walk(
  file: PageFile,
  tree: Tree,
  seen: Uint8Array,
  visit: (node: Node) => void,
  compare: Compare = Buffer.compare,
): void {
  const count = { branch: 0, leaf: 0, overflow: 0, entries: 0 };
  // One page of each level is open at a time.
  const levels: Buffer[] = [];

  /** Keys lie from `from` on and before `to`, as the page above says. */
  function visitPage(page: number, level: number, from: Buffer | null, to: Buffer | null): void {
    levels[level] ??= Buffer.allocUnsafe(file.pageBytes);
    const bytes = readPage(file, page, levels[level], level > 1 ? BRANCH : LEAF);
    if (level > 1)
      visitBranch(
        page,
        level,
        nodesOf(bytes, page).map((at) => branchNode(bytes, at, page)),
        from,
        to,
      );
    else visitLeaf(bytes, page, from, to);
  }

  function visitBranch(
    page: number,
    level: number,
    children: BranchNode[],
    from: Buffer | null,
    to: Buffer | null,
  ): void {
    count.branch++;
    if (children.length < 2) throw new Damage(`page ${page} leads nowhere`);
    children.forEach(({ target, key }, index) => {
      const child = reach(seen, target, 1);
      visitPage(child, level - 1, index === 0 ? from : key, children[index + 1]?.key ?? to);
    });
  }

  function visitLeaf(bytes: Buffer, page: number, from: Buffer | null, to: Buffer | null): void {
    count.leaf++;
    let last: Buffer | null = null;
    for (const at of nodesOf(bytes, page)) {
      const node = leafNode(bytes, at, page);
      const order = last !== null ? compare(last, node.key) : from !== null ? compare(from, node.key) - 1 : -1;
      if (order >= 0) throw new Damage(`page ${page} is out of order`);
      last = node.key;
      count.entries++;
      if (node.flags & BIG_DATA) visit({ ...node, value: readOverflow(node) });
      else visit(node);
    }
    if (last === null || (to !== null && compare(last, to) >= 0)) throw new Damage(`page ${page} is out of order`);
  }

  function readOverflow({ value, valueBytes }: LeafNode): Buffer {
    // A value that became smaller keeps its pages.
    const pages = Number(value.readBigUInt64LE(16));
    const first = reach(seen, value.readBigUInt64LE(0), pages);
    const isRoom = HEADER_BYTES + valueBytes <= pages * file.pageBytes && (first + pages) * file.pageBytes <= file.size;
    if (!isRoom) throw new Damage(`page ${first} does not hold the value it should`);
    const bytes = readPage(file, first, Buffer.allocUnsafe(HEADER_BYTES + valueBytes), OVERFLOW);
    if (bytes.readUInt32LE(20) !== pages) throw new Damage(`page ${first} does not hold the value it should`);
    count.overflow += pages;
    return bytes.subarray(HEADER_BYTES);
  }

  if (tree.root !== null) {
    if (tree.depth < 1 || tree.depth > MAX_DEPTH) throw new Damage(`a tree claims ${tree.depth} levels`);
    visitPage(reach(seen, tree.root, 1), tree.depth, null, null);
  }
  const isWhole =
    (tree.root !== null || tree.depth === 0) &&
    tree.branchPages === BigInt(count.branch) &&
    tree.leafPages === BigInt(count.leaf) &&
    tree.overflowPages === BigInt(count.overflow) &&
    tree.entries === BigInt(count.entries);
  if (!isWhole) throw new Damage('a tree is not as large as it says');
}

/** Answers the number of the first of these pages, none of which was reached before. */
function reach(seen: Uint8Array, page: bigint, count: number): number {
  const first = Number(page);
  if (first < 2 || first + count > seen.length) throw new Damage(`page ${page} of ${seen.length} is missing`);
  for (let at = first; at < first + count; at++) {
    if (seen[at] !== 0) throw new Damage(`page ${at} is reached twice`);
    seen[at] = 1;
  }
  return first;
}

function readPage(file: PageFile, page: number, into: Buffer, kind: number): Buffer {
  const position = page * file.pageBytes;
  const read = readSync(file.fd, into, 0, into.length, position);
  if (read < into.length) throw new Damage(`the file ends at byte ${position + read}, inside what it needs`);
  if (into.readBigUInt64LE(0) !== BigInt(page)) throw new Damage(`page ${page} says that it is another`);
  if (into.readBigUInt64LE(8) > file.transaction) throw new Damage(`page ${page} is of a later commit`);
  if (into.readUInt32LE(16) !== kind << 16) throw new Damage(`page ${page} is not of the kind its parent says`);
  return into;
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
    if (offset < upper || offset + NODE_BYTES > room) throw new Damage(`page ${page} has a node outside its bounds`);
    nodes.push(HEADER_BYTES + offset);
  }
  return nodes;
}

interface BranchNode {
  readonly key: Buffer;
  readonly target: bigint;
}

function branchNode(bytes: Buffer, node: number, page: number): BranchNode {
  const target = BigInt(bytes.readUIntLE(node, 6));
  return { target, key: keyOf(bytes, node, page) };
}

interface LeafNode extends Node {
  /** More than `value` holds where that lies on overflow pages. */
  readonly valueBytes: number;
}

function leafNode(bytes: Buffer, node: number, page: number): LeafNode {
  const valueBytes = bytes.readUInt32LE(node);
  const flags = bytes.readUInt16LE(node + 4);
  const key = keyOf(bytes, node, page);
  const start = node + NODE_BYTES + key.length;
  const held = flags === BIG_DATA ? OVERFLOW_REFERENCE_BYTES : valueBytes;
  if (flags > SUB_DATABASE || (flags === SUB_DATABASE && valueBytes !== TREE_BYTES) || start + held > bytes.length) {
    throw new Damage(`page ${page} has a value outside its bounds`);
  }
  return { key, value: bytes.subarray(start, start + held), flags, valueBytes };
}

function keyOf(bytes: Buffer, node: number, page: number): Buffer {
  const start = node + NODE_BYTES;
  const end = start + bytes.readUInt16LE(node + 6);
  if (end > bytes.length) throw new Damage(`page ${page} has a key outside its bounds`);
  return bytes.subarray(start, end);
}

/** Shape: how many words follow, then page numbers; a negative word is the length of a run, whose first page follows; 0: none. */
function freePages(list: Buffer): Array<{ readonly first: bigint; readonly count: number }> {
  const words = list.length >= 8 ? list.readBigUInt64LE(0) : -1n;
  if (words < 0n || words > BigInt(list.length / 8 - 1))
    throw new Damage('a list of free pages is longer than its place');
  const runs: Array<{ first: bigint; count: number }> = [];
  for (let at = 8; at <= Number(words) * 8; at += 8) {
    const word = list.readBigInt64LE(at);
    if (word === 0n) continue;
    if (word > 0n) runs.push({ first: word, count: 1 });
    else if (at === Number(words) * 8) throw new Damage('a list of free pages ends within a run');
    else runs.push({ first: list.readBigInt64LE((at += 8)), count: Number(-word) });
  }
  return runs;
}
