/** Counters and timings for Prometheus. Labels are route patterns, codes and names: never an id, a value or a URL. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

export interface Metrics {
  observeRequest(request: { readonly route: string; readonly status: number; readonly durationMs: number }): void;
  countError(code: string): void;
  countSends(outcome: { readonly template: string; readonly send: boolean }): void;
  countUpstreamTrouble(trouble: { readonly source: string; readonly code: string }): void;
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
  const sends = new Counter({
    name: 'facet_template_answers_total',
    help: 'Answers to templates, by template and by whether the mail may be sent.',
    labelNames: ['template', 'send'] as const,
    registers,
  });
  const upstream = new Counter({
    name: 'facet_upstream_trouble_total',
    help: 'Times a source could not be asked or its answer not be stored, by source and code.',
    labelNames: ['source', 'code'] as const,
    registers,
  });
  return {
    observeRequest: ({ route, status, durationMs }) => duration.observe({ route, status }, durationMs / 1000),
    countError: (code) => errors.inc({ code }),
    countSends: ({ template, send }) => sends.inc({ template, send: String(send) }),
    countUpstreamTrouble: (labels) => upstream.inc(labels),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
