/**
 * The log of calls that reached a vendor, for tests to count. Controls are not calls and never appear in it.
 */
import type { Vendor } from './vendor';

/** One call. Shape: `ids` as the caller wrote them; `at` ISO-8601. */
export interface JournalEntry {
  vendor: Vendor;
  method: string;
  path: string;
  ids: string[];
  at: string;
}

export interface Journal {
  add(entry: JournalEntry): void;
  /** Oldest first; of one vendor, or of all. */
  list(vendor?: Vendor): JournalEntry[];
  clear(): void;
}

/** A first sync of a large population makes thousands of calls; older ones than this are dropped. */
const MAX_ENTRIES = 50_000;

/** Creates an empty journal. */
export function createJournal(): Journal {
  let entries: JournalEntry[] = [];
  return {
    add: (entry) => {
      entries.push(entry);
      // Dropping in blocks: one by one would copy the whole array on every call.
      if (entries.length > MAX_ENTRIES * 1.2) entries = entries.slice(-MAX_ENTRIES);
    },
    list: (vendor) => (vendor === undefined ? [...entries] : entries.filter((entry) => entry.vendor === vendor)),
    clear: () => {
      entries = [];
    },
  };
}
