/** What a store at MongoDB tells of itself, as Prometheus reads it. */
import { createMetrics } from '../../gateway/metrics';

it('Commands are timed by name and outcome, connections counted by whether they are in use', async () => {
  const metrics = createMetrics();
  metrics.store.command({ name: 'find', outcome: 'ok', durationMs: 4 });
  metrics.store.command({ name: 'find', outcome: 'failed', durationMs: 30 });
  metrics.store.connections({ open: 5, inUse: 2 });
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('facet_store_'));
  expect(lines.filter((line) => !line.includes('_bucket'))).toEqual([
    'facet_store_command_duration_seconds_sum{command="find",outcome="ok"} 0.004',
    'facet_store_command_duration_seconds_count{command="find",outcome="ok"} 1',
    'facet_store_command_duration_seconds_sum{command="find",outcome="failed"} 0.03',
    'facet_store_command_duration_seconds_count{command="find",outcome="failed"} 1',
    'facet_store_connections{state="in use"} 2',
    'facet_store_connections{state="idle"} 3',
  ]);
});
