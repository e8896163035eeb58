/**
 * What processes use, read from /proc: CPU time, resident memory, open handles, and which processes a program is made of. Null where
 * there is no /proc. Must not start or end any.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of these processes together so far, user and system. Units: microseconds, in steps of 10 ms. */
export function cpuMicrosecondsOf(pids: readonly number[]): number | null {
  // Clock ticks, 100 a second on Linux (proc(5), fields 14 and 15).
  return sum(pids, (pid) => {
    const fields = readStat(pid);
    return fields === null ? null : (Number(fields[11]) + Number(fields[12])) * 10_000;
  });
}

/** Resident memory of these processes together; what they share is counted for each. */
export function rssMegabytesOf(pids: readonly number[]): number | null {
  return sum(pids, (pid) => {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readProc(`${pid}/status`) ?? '')?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  });
}

/** Open file descriptors of these processes together: files, sockets, pipes. */
export function openHandlesOf(pids: readonly number[]): number | null {
  return sum(pids, (pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).length;
    } catch {
      return null;
    }
  });
}

/** A process and all that it started, and they in turn; itself first. */
export function treeOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const each of processes()) {
    const parent = Number(readStat(each)?.[1] ?? Number.NaN);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), each]);
  }
  const tree = [pid];
  for (const each of tree) tree.push(...(childrenOf.get(each) ?? []));
  return tree;
}

/** The one process of a tree that runs this program. Errors: there is none, or more than one. */
export function processOf(tree: readonly number[], program: string): number {
  const found = tree.filter((pid) => (readProc(`${pid}/cmdline`) ?? '').split('\0').some((word) => word === program));
  const [pid] = found;
  if (pid === undefined || found.length > 1) {
    throw new Error(`Expected one process that runs ${program}, but got ${found.length}.`);
  }
  return pid;
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The fields after the program's name, which may hold spaces and brackets: state, parent, … */
function readStat(pid: number): string[] | null {
  return (
    readProc(`${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ') ?? null
  );
}

/** Null as soon as one of them is gone: what is left would be too little. */
function sum(pids: readonly number[], measure: (pid: number) => number | null): number | null {
  return pids.map(measure).reduce((total, value) => (total === null || value === null ? null : total + value), 0);
}

function readProc(file: string): string | null {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return null;
  }
}
