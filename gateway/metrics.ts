/** Counters and timings for Prometheus. Labels are route patterns, codes and names: never an id, a value or a URL. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Executor } from './execute/executor';

export interface Metrics {
  observeRequest(request: { readonly route: string; readonly status: number; readonly durationMs: number }): void;
  countError(code: string): void;
  /** A customer was answered a template; `outcome` as `outcomeOf` has it. */
  countAnswer(answer: { readonly template: string; readonly outcome: string }): void;
  countUpstreamTrouble(trouble: { readonly source: string; readonly code: string }): void;
  /** Asked for when the figures are read: the plans of whatever graph is served then, and the lines to its subgraphs. */
  watchExecutor(current: () => Pick<Executor, 'planCache' | 'lines'>): void;
  /** How erasures stand at their places, as last told; `dueInSeconds` null when none is open. */
  setErasures(figures: { readonly open: number; readonly overdue: number; readonly dueInSeconds: number | null }): void;
  /** Until when missing consent is only observed, as last told: Unix time in milliseconds; null: it withholds. */
  setObservation(figures: { readonly until: number | null }): void;
  /** How wrapping the subjects' keys by the current key stands, as last told. */
  setRotation(figures: { readonly looked: number; readonly damaged: number; readonly complete: boolean }): void;
  /** A run of the retention sweep: of how many customers what was removed. Units: `completedAt` Unix time in milliseconds. */
  countSwept(run: { readonly lost: Readonly<Record<string, number>>; readonly completedAt: number }): void;
  /** Something was answered that would be withheld without the observation. */
  countObserved(note: { readonly purpose: string; readonly category: string; readonly reason: string }): void;
  /** For what else runs in this process to tell of itself. */
  readonly registry: Registry;
  /** The exposition text. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const duration = new Histogram({
    name: 'facet_request_duration_seconds',
    help: 'Time from request to answer, by route pattern and status.',
    labelNames: ['route', 'status'] as const,
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    registers,
  });
  const errors = new Counter({
    name: 'facet_errors_total',
    help: 'Errors answered, by code of the catalogue.',
    labelNames: ['code'] as const,
    registers,
  });
  const answers = new Counter({
    name: 'facet_template_answers_total',
    help: 'Customers answered a template, by template and outcome: SEND, why it is not sent as far as any renderer may know, or an error’s code.',
    labelNames: ['template', 'outcome'] as const,
    registers,
  });
  const upstream = new Counter({
    name: 'facet_upstream_trouble_total',
    help: 'Times a source could not be asked or its answer not be stored, by source and code.',
    labelNames: ['source', 'code'] as const,
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const openErasures = gauge('facet_erasures_open', 'Places where an erasure is still to be done.');
  const overdueErasures = gauge('facet_erasures_overdue', 'Places where an erasure should have been done by now.');
  const nextErasure = gauge(
    'facet_erasure_next_due_seconds',
    'Seconds until the next open erasure is due; negative when it is overdue, +Inf when none is open.',
  );
  const observation = gauge(
    'facet_observation_ends_timestamp_seconds',
    'Unix time at which the observation in force ends; 0 when there is none and missing consent withholds.',
  );
  const observed = new Counter({
    name: 'facet_observed_total',
    help: 'Fields answered that would be withheld without the observation, by purpose, category and reason.',
    labelNames: ['purpose', 'category', 'reason'] as const,
    registers,
  });
  const keysLooked = gauge(
    'facet_key_rotation_keys',
    'Subjects’ keys looked at since the start, to be wrapped by the current key.',
  );
  const keysDamaged = gauge(
    'facet_key_rotation_damaged_keys',
    'Of these, those that do not open and stay as they are.',
  );
  const keysComplete = gauge(
    'facet_key_rotation_complete',
    '1 once every subject’s key was looked at since the start; 0 until then.',
  );
  const removed = new Counter({
    name: 'facet_retention_removed_total',
    help: 'Customers of whom something past its time was removed, by category.',
    labelNames: ['category'] as const,
    registers,
  });
  const swept = gauge(
    'facet_retention_swept_timestamp_seconds',
    'Unix time at which the retention sweep was last through.',
  );
  let executor: (() => Pick<Executor, 'planCache' | 'lines'>) | undefined;
  new Gauge({
    name: 'facet_plans',
    help: 'Operations whose plan is kept.',
    registers,
    collect() {
      this.set(executor?.().planCache.size ?? 0);
    },
  });
  new Counter({
    name: 'facet_plan_lookups_total',
    help: 'Operations looked up among those planned, by outcome; a new graph begins at zero.',
    labelNames: ['outcome'] as const,
    registers,
    collect() {
      this.reset();
      this.inc({ outcome: 'hit' }, executor?.().planCache.hits ?? 0);
      this.inc({ outcome: 'miss' }, executor?.().planCache.misses ?? 0);
    },
  });
  new Counter({
    name: 'facet_plan_evictions_total',
    help: 'Plans that made room for others; a new graph begins at zero.',
    registers,
    collect() {
      this.reset();
      this.inc(executor?.().planCache.evictions ?? 0);
    },
  });
  new Counter({
    name: 'facet_subgraph_hedges_total',
    help: 'Queries that a subgraph over HTTP was asked a second time, since the first was lost or slow.',
    labelNames: ['subgraph'] as const,
    registers,
    collect() {
      this.reset();
      for (const [subgraph, { hedges }] of executor?.().lines ?? []) this.inc({ subgraph }, hedges);
    },
  });
  new Gauge({
    name: 'facet_subgraph_circuit_open',
    help: '1 while a subgraph over HTTP is not asked, since it failed too often; 0 otherwise.',
    labelNames: ['subgraph'] as const,
    registers,
    collect() {
      this.reset();
      for (const [subgraph, { circuit }] of executor?.().lines ?? []) this.set({ subgraph }, circuit.isOpen ? 1 : 0);
    },
  });
  return {
    watchExecutor: (current) => {
      executor = current;
    },
    observeRequest: ({ route, status, durationMs }) => duration.observe({ route, status }, durationMs / 1000),
    countError: (code) => errors.inc({ code }),
    countAnswer: (labels) => answers.inc(labels),
    countUpstreamTrouble: (labels) => upstream.inc(labels),
    setErasures: ({ open, overdue, dueInSeconds }) => {
      openErasures.set(open);
      overdueErasures.set(overdue);
      nextErasure.set(dueInSeconds ?? Number.POSITIVE_INFINITY);
    },
    setObservation: ({ until }) => observation.set((until ?? 0) / 1000),
    setRotation: ({ looked, damaged, complete }) => {
      keysLooked.set(looked);
      keysDamaged.set(damaged);
      keysComplete.set(complete ? 1 : 0);
    },
    countSwept: ({ lost, completedAt }) => {
      for (const [category, count] of Object.entries(lost)) removed.inc({ category }, count);
      swept.set(completedAt / 1000);
    },
    countObserved: (labels) => observed.inc(labels),
    registry,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
