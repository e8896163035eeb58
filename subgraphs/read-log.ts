/**
 * Who read what of whom, as a subgraph saw it: collected while a request runs, joined over the requests of a second, and handed to
 * the audit trail behind the answers, so that no read waits. Ids and names of categories only. Must not decide.
 *
 * Lost on `kill -9`: the reads of at most FLUSH_MS before, and those under way. On a clean stop: none.
 */
import { readAccess } from '../schema/access';
import type { Access } from '../schema/access';
import type { ReadLog } from '../schema/enforce';
import type { DataCategory } from '../schema/policy';
import type { RequestPolicy } from '../schema/request-policy';
import type { AuditEntry } from './profiles/audit/entry';

/** One request's: the customers it met, with their decision, and the categories it asked for. */
export interface RequestReads extends ReadLog {
  readonly customers: ReadonlyMap<string, Access>;
  readonly categories: ReadonlySet<DataCategory>;
}

export function createRequestReads(): RequestReads {
  const customers = new Map<string, Access>();
  const categories = new Set<DataCategory>();
  return {
    customers,
    categories,
    customer: (id, access) => void customers.set(id, access),
    category: (category) => void categories.add(category),
  };
}

export interface ReadAudit {
  /** Notes what a request read; returns at once. */
  note(policy: RequestPolicy, reads: RequestReads): void;
  /** Hands over what is noted so far. Errors: what `record` rejects with; nothing is lost, the next time tries again. */
  flush(): Promise<void>;
  /** Hands over the rest. */
  close(): Promise<void>;
}

const FLUSH_MS = 1_000;
/** Customers of one entry: longer lists go on in the next. */
const MAX_SUBJECTS = 1_000;

interface Noted {
  readonly entry: Omit<AuditEntry, 'subjects' | 'details' | 'at'>;
  readonly subjects: Set<string>;
  requests: number;
}

export function createReadAudit(options: {
  /** Name of the subgraph. */
  readonly subgraph: string;
  readonly record: (entries: readonly AuditEntry[]) => Promise<void>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly flushMs?: number;
}): ReadAudit {
  const { subgraph, record, now, flushMs = FLUSH_MS } = options;
  let noted = new Map<string, Noted>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  const write = async (): Promise<void> => {
    if (noted.size === 0) return;
    const taken = noted;
    noted = new Map();
    try {
      await record([...taken.values()].flatMap((each) => entriesOf(each, subgraph, now())));
    } catch (error) {
      for (const [key, each] of taken) join(noted, key, each);
      throw error;
    }
  };
  const flush = (): Promise<void> => (running = running.then(write, write));
  const schedule = (): void => {
    if (timer !== undefined || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      flush().catch(schedule);
    }, flushMs);
    timer.unref();
  };

  return {
    note(policy, { customers, categories }) {
      if (categories.size === 0 || customers.size === 0) return;
      const { principal, purpose } = policy;
      for (const [access, ids] of byAccess(customers)) {
        const key = [principal.id, principal.role, purpose, access, ...categories].join(' ');
        const known = noted.get(key);
        if (known !== undefined) {
          for (const id of ids) known.subjects.add(id);
          known.requests += 1;
          continue;
        }
        const entry = {
          ...{ kind: 'READ' as const, actor: principal.id, role: principal.role, purpose, action: 'read' },
          categories: verdictsOf(access, categories),
        };
        noted.set(key, { entry, subjects: new Set(ids), requests: 1 });
      }
      schedule();
    },
    flush,
    async close() {
      closed = true;
      clearTimeout(timer);
      await flush();
    },
  };
}

function byAccess(customers: ReadonlyMap<string, Access>): Map<Access, string[]> {
  const grouped = new Map<Access, string[]>();
  for (const [id, access] of customers) {
    const ids = grouped.get(access);
    if (ids === undefined) grouped.set(access, [id]);
    else ids.push(id);
  }
  return grouped;
}

function verdictsOf(access: Access, categories: ReadonlySet<DataCategory>): NonNullable<AuditEntry['categories']> {
  const of = (verdict: string) => [...categories].filter((each) => readAccess(access, each).verdict === verdict);
  const observed = [...categories].filter((each) => {
    const decision = readAccess(access, each);
    return decision.verdict !== 'WITHHOLD' && decision.observed !== undefined;
  });
  return {
    ...{ clear: of('CLEAR'), masked: of('MASK'), withheld: of('WITHHOLD') },
    ...(observed.length > 0 ? { observed } : {}),
  };
}

function entriesOf({ entry, subjects, requests }: Noted, subgraph: string, at: number): AuditEntry[] {
  const ids = [...subjects];
  const entries: AuditEntry[] = [];
  for (let start = 0; start < ids.length; start += MAX_SUBJECTS) {
    entries.push({ ...entry, at, subjects: ids.slice(start, start + MAX_SUBJECTS), details: { subgraph, requests } });
  }
  return entries;
}

function join(noted: Map<string, Noted>, key: string, each: Noted): void {
  const known = noted.get(key);
  if (known === undefined) {
    noted.set(key, each);
    return;
  }
  for (const id of each.subjects) known.subjects.add(id);
  known.requests += each.requests;
}
