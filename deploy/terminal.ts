/** What a person reads while Facet starts: a progress bar per source, one table, two commands to paste. Must not start anything. */
import { MultiBar, Presets } from 'cli-progress';
import type { SingleBar } from 'cli-progress';
import path from 'node:path';
import type { SyncProgress } from '../subgraphs/sync';
import type { Facet } from './start';

/** Draws progress on a terminal; elsewhere one line when a source is complete. Writes to standard error: standard output is for results. */
export function createProgress(stream: NodeJS.WriteStream): { update(progress: SyncProgress): void; stop(): void } {
  if (!stream.isTTY) {
    return {
      update: ({ source, count, complete }) => {
        if (complete) stream.write(`first sync: ${source} complete, ${count} records\n`);
      },
      stop: () => {},
    };
  }
  const bars = new MultiBar(
    {
      format: 'first sync  {source}  {bar}  {value}/{total}  {eta_formatted} left',
      hideCursor: true,
      stream,
      stopOnComplete: true,
    },
    Presets.shades_classic,
  );
  const bySource = new Map<string, SingleBar>();
  return {
    update: ({ source, count, total }) => {
      const bar = bySource.get(source) ?? bars.create(total ?? count, 0, { source: source.padEnd(10) });
      bySource.set(source, bar);
      if (total === null || count > total) bar.setTotal(Math.max(count, total ?? 0));
      bar.update(count, { source: source.padEnd(10) });
    },
    stop: () => bars.stop(),
  };
}

/** The table of a running Facet, and the commands. Each command is one uncoloured line that works from any folder. */
export function describe(facet: Facet, projectDir: string): string {
  const { exampleCustomer: example } = facet;
  const rows: Array<[string, string]> = [
    ['gateway', facet.url],
    ['GraphQL', `${facet.url}/graphql`],
    ...(facet.profile === 'production' ? [] : [['sandbox', `${facet.url}/sandbox`] as [string, string]]),
    ['templates', `${facet.url}/v1/templates/{${facet.templates.join(', ')}}/customers/{id}`],
    ['health', `${facet.url}/healthz`],
    ['readiness', `${facet.url}/readyz`],
    ['metrics', `${facet.url}/metrics`],
    ...Object.entries(facet.simulator?.urls ?? {}).map(([vendor, url]): [string, string] => [
      `simulated ${vendor}`,
      url,
    ]),
    ['data', facet.dataDir],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
  if (example === null) return `\n${table}\n`;

  const credentials = path.join(facet.dataDir, 'dev-credentials.json');
  const token = `$(sed -n 's/.*"renderer": "\\(.*\\)".*/\\1/p' '${credentials}')`;
  const curl = `curl -sS -H "authorization: Bearer ${token}" ${facet.url}/v1/templates/abandoned-cart/customers/${example}`;
  // The default folder needs no naming; any other must be, or the mail would come from another Facet.
  const isDefault = facet.dataDir === path.join(projectDir, '.data');
  const render = `npm --prefix '${projectDir}' run --silent render -- abandoned-cart --customer ${example}${isDefault ? '' : ` --data-dir '${facet.dataDir}'`}`;
  return [
    `\n${table}\n`,
    'What a template sees of one customer:',
    curl,
    '\nThe finished e-mail, written as an HTML file:',
    `${render}\n`,
  ].join('\n');
}
