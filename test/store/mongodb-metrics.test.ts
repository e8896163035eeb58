/** What a store at MongoDB tells of itself, as Prometheus reads it. */
import { Registry } from 'prom-client';
import { createStoreMetrics } from '../../subgraphs/profiles/store/mongodb.metrics';

it('Commands are timed by name and outcome, connections counted by whether they are in use', async () => {
  const registry = new Registry();
  const store = createStoreMetrics(registry);
  store.command({ name: 'find', outcome: 'ok', durationMs: 4 });
  store.command({ name: 'find', outcome: 'failed', durationMs: 30 });
  store.connections({ open: 5, inUse: 2 });
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('facet_store_'));
  expect(lines.filter((line) => !line.includes('_bucket'))).toEqual([
    'facet_store_command_duration_seconds_sum{command="find",outcome="ok"} 0.004',
    'facet_store_command_duration_seconds_count{command="find",outcome="ok"} 1',
    'facet_store_command_duration_seconds_sum{command="find",outcome="failed"} 0.03',
    'facet_store_command_duration_seconds_count{command="find",outcome="failed"} 1',
    'facet_store_connections{state="in use"} 2',
    'facet_store_connections{state="idle"} 3',
  ]);
});
