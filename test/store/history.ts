/**
 * Checks a history of reads and writes of customers against what a store promises. Knows no store: what it is told is what clients did and saw.
 *
 * Model: a customer is a register with a version; a write makes the version after the one it read, and its `id` is what is read then.
 * Times are of one clock, whatever its unit; what overlaps may have happened in either order.
 */
export interface Operation {
  readonly client: string;
  readonly customer: string;
  readonly startedAt: number;
  readonly endedAt: number;
}
export interface WriteOperation extends Operation {
  readonly kind: 'write';
  /** No two writes have the same. */
  readonly id: number;
  /** The version it makes. */
  readonly version: number;
  /** `unknown`: it failed on its way, and may have happened. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
}
export interface ReadOperation extends Operation {
  readonly kind: 'read';
  /** 0: there was no such customer. */
  readonly version: number;
  readonly id: number;
}
export interface History {
  readonly operations: ReadonlyArray<WriteOperation | ReadOperation>;
  /** The change feed, as a follower was told of it. */
  readonly feed: ReadonlyArray<{ readonly customer: string; readonly version: number }>;
}

/** In words; none in a history that a store may have. */
export function findAnomalies({ operations, feed }: History): string[] {
  const anomalies: string[] = [];
  const customers = new Set(operations.map(({ customer }) => customer));
  for (const customer of customers) {
    const own = operations.filter((operation) => operation.customer === customer);
    const writes = own.filter((operation) => operation.kind === 'write');
    const reads = own.filter((operation) => operation.kind === 'read');
    const told = feed.filter((change) => change.customer === customer).map(({ version }) => version);
    const say = (what: string) => void anomalies.push(`${customer}: ${what}`);

    const acknowledged = writes.filter(({ outcome }) => outcome === 'acknowledged');
    for (const [at, write] of acknowledged.entries()) {
      const same = acknowledged.slice(at + 1).find(({ version }) => version === write.version);
      if (same) say(`lost update: ${write.id} and ${same.id} both made version ${write.version}`);
      if (!told.includes(write.version)) say(`lost change: version ${write.version} was never told`);
    }
    for (const read of reads.filter(({ version }) => version > 0)) {
      const by = writes.find(({ id }) => id === read.id);
      if (by === undefined || by.version !== read.version)
        say(`read of ${read.id}, which nobody wrote as version ${read.version}`);
      else if (by.outcome === 'refused') say(`read of ${read.id}, which was refused`);
      else if (by.startedAt > read.endedAt) say(`read of ${read.id} before it was written`);
      const winner = acknowledged.find(({ version }) => version === read.version);
      if (winner && winner.id !== read.id)
        say(`lost update: ${winner.id} made version ${read.version}, which was read as ${read.id}`);
    }
    for (const read of reads) {
      const before = acknowledged.filter(({ endedAt }) => endedAt < read.startedAt);
      const seen = reads.filter(({ endedAt }) => endedAt < read.startedAt);
      const atLeast = Math.max(0, ...[...before, ...seen].map(({ version }) => version));
      if (read.version < atLeast)
        say(`stale read: ${read.client} read version ${read.version} after version ${atLeast}`);
    }
    told.forEach((version, at) => {
      if (version !== at + 1) say(`reordered changes: version ${version} was told in place ${at + 1}`);
    });
  }
  return anomalies;
}
