/**
 * `npm run retention`: how long each category is kept, and of how many stored customers the next sweep removes what. Changes nothing; a
 * running Facet sweeps by itself, once a day.
 */
import path from 'node:path';
import { parseGatewayConfig } from '../../gateway/config';
import { CATEGORIES } from '../../schema/policy';
import type { DataCategory } from '../../schema/policy';
import { printRetention } from '../../schema/policy-text';
import { retentionTable } from '../../schema/retention-table';
import { OWN_SOURCE } from '../../subgraphs/profiles/own-record';
import { isSwept, pastOf } from '../../subgraphs/profiles/retention/past';
import type { Profile, ProfileStore } from '../../subgraphs/profiles/store/store';
import { keptFromAt } from '../../subgraphs/retention';
import { sources } from '../../subgraphs/sources';
import { openExistingStore } from '../existing-store';

const PAGE = 500;

async function main(): Promise<void> {
  console.log(printRetention(retentionTable));
  const config = parseGatewayConfig(process.env);
  const store = await openExistingStore(config, path.resolve(config.FACET_DATA_DIR));
  if (store === null) return console.log('There is no store here.');
  try {
    const { customers, lost } = await countPast(store, Date.now());
    const rows = CATEGORIES.flatMap((category) => (lost.has(category) ? [`${category} of ${lost.get(category)}`] : []));
    const removed = rows.length === 0 ? 'nothing' : rows.join(', ');
    console.log(`Of ${customers} stored customers the next sweep removes: ${removed}.`);
  } finally {
    await store.close();
  }
}

async function countPast(store: ProfileStore, now: number) {
  const keptFrom = keptFromAt(now);
  const places = [...sources.map(({ name }) => name), OWN_SOURCE];
  const lost = new Map<DataCategory, number>();
  let customers = 0;
  for (let page: Profile[] = [], last: string | undefined; ; last = page.at(-1)?.id) {
    page = await store.listProfiles({ limit: PAGE, ...(last === undefined ? {} : { after: last }) });
    if (page.length === 0) return { customers, lost };
    customers += page.length;
    const swept = page.filter(isSwept);
    const keys = swept.flatMap(({ id }) => places.map((source) => ({ customerId: id, source })));
    const records = await store.findRecords(keys);
    for (const index of swept.keys()) {
      const own = records.slice(index * places.length, (index + 1) * places.length);
      const past = pastOf(sources, (source) => own[places.indexOf(source)], keptFrom);
      for (const category of past?.lost ?? []) lost.set(category, (lost.get(category) ?? 0) + 1);
    }
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
