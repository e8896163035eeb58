/**
 * How the collections are spread over a sharded cluster. What is looked up by its own key goes by that key, hashed, so that new ids, which
 * grow with time, do not all land on one shard; what hangs on a customer goes by the customer, so that a batch asks one shard a customer.
 * `checkpoints` and `meta` are small, and stay where they are. Must not read what is stored.
 */
import type { Document } from 'mongodb';
import type { Collections } from './mongodb.collections';

type Sharded = Exclude<keyof Collections, 'checkpoints'> | 'subjectKeys';

const BY_ID = { _id: 'hashed' } as const;
const BY_CUSTOMER = { customerId: 'hashed' } as const;
/** A chain is appended to at its end: its parts are kept together, and chains apart. */
const BY_CHAIN = { chainId: 1, seq: 1 } as const;

/** A unique index must begin with its collection's shard key, or be of `_id`. */
export const SHARD_KEYS: Readonly<Record<Sharded, Readonly<Record<string, 'hashed' | 1>>>> = {
  profiles: BY_ID,
  identities: BY_ID,
  inbox: BY_ID,
  suppressions: BY_ID,
  tombstones: BY_ID,
  subjectKeys: BY_ID,
  sourceRecords: BY_CUSTOMER,
  consentEvents: BY_CUSTOMER,
  changes: BY_CUSTOMER,
  erasures: BY_CUSTOMER,
  auditTrail: BY_CHAIN,
  auditRoots: BY_CHAIN,
};

/** The commands to the `admin` database that shard a store's database; each may be given again. */
export function shardCommands(database: string): Document[] {
  return [
    { enableSharding: database },
    ...Object.entries(SHARD_KEYS).map(([name, key]) => ({ shardCollection: `${database}.${name}`, key })),
  ];
}
