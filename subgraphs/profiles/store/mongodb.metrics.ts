/** Figures of the connection to MongoDB for Prometheus, of this process. Names of commands only. */
import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { StoreObserver } from './mongodb.figures';

/** Nothing is shown before there is a connection: a store that is elsewhere has no such figures. */
export function createStoreMetrics(registry: Registry): StoreObserver {
  const registers = [registry];
  const duration = new Histogram({
    name: 'facet_store_command_duration_seconds',
    help: 'Time the MongoDB server took for a command, by its name and outcome.',
    labelNames: ['command', 'outcome'] as const,
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    registers,
  });
  const connections = new Gauge({
    name: 'facet_store_connections',
    help: 'Connections to MongoDB, by whether they are in use.',
    labelNames: ['state'] as const,
    registers,
  });
  return {
    command: ({ name, outcome, durationMs }) => duration.observe({ command: name, outcome }, durationMs / 1000),
    connections: ({ open, inUse }) => {
      connections.set({ state: 'in use' }, inUse);
      connections.set({ state: 'idle' }, open - inUse);
    },
  };
}
