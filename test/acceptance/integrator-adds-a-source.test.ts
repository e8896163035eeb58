import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPopulation } from '../../simulator/population';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

jest.setTimeout(60_000);

let api: Server;
let project: string;
let facet: RunningFacet;
let id: string;
let points = 420;
const asked: string[] = [];

beforeAll(async () => {
  project = addSource();
  // The programme's own server: it knows one customer of the shop.
  const shopCustomer = first(
    createPopulation({ customers: 100, seed: 42, epochMs: 0 }).examples('readyForCartMail'),
  ).shopifyId;
  api = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== 'Bearer loyalty-token') response.statusCode = 401;
    response.end(JSON.stringify([{ member: 'L-1', shopCustomer, points, tier: 'gold', changedAt: points }]));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  facet = await runFacet({
    distDir: path.join(project, 'dist'),
    environment: {
      LOYALTY_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      LOYALTY_TOKEN: 'loyalty-token',
    },
  });
  id = first(await facet.customersWith('readyForCartMail'));
}, 240_000);
afterAll(async () => {
  await facet.close();
  await new Promise((resolve) => api.close(resolve));
  rmSync(project, { recursive: true, force: true });
});

/** What an integrator does, in a copy of the project: a folder of its own, one line in the list of sources, a build. */
function addSource(): string {
  const root = path.join(__dirname, '..', '..');
  // What is installed is current then, and the copy, which shares it, installs nothing.
  execFileSync(process.execPath, [path.join(root, 'deploy', 'setup.mjs'), '--build'], { stdio: 'pipe' });
  const copy = mkdtempSync(path.join(tmpdir(), 'facet-integrator-'));
  for (const entry of readdirSync(root)) {
    if (['.git', '.data', 'dist', 'node_modules', 'test'].includes(entry)) continue;
    cpSync(path.join(root, entry), path.join(copy, entry), {
      recursive: true,
      filter: (source) => !source.includes('node_modules'),
    });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'dir');

  const folder = path.join(copy, 'subgraphs', 'loyalty');
  cpSync(path.join(__dirname, 'loyalty'), folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    writeFileSync(path.join(folder, file), text.replaceAll('../../../subgraphs/', '../'));
  }
  const list = path.join(copy, 'subgraphs', 'sources.ts');
  const text = readFileSync(list, 'utf8');
  writeFileSync(
    list,
    `import { loyalty } from './loyalty';\n${text.replace(/support\b(?=[^\n]*\]\s*(as|;|satisfies))/, 'support, loyalty')}`,
  );
  execFileSync(process.execPath, [path.join(copy, 'deploy', 'setup.mjs'), '--build'], { stdio: 'pipe' });
  return copy;
}

const QUERY = 'query ($id: ID!) { customer(id: $id) { loyalty { points tier } contact { firstName } orderCount } }';
describe('An integrator adds a source', () => {
  it('and reads its fields beside those of the others', async () => {
    const { body } = await facet.graphql(QUERY, { purpose: 'ESSENTIAL_SERVICE', variables: { id } });
    expect(body).toEqual({
      data: {
        customer: {
          loyalty: { points: 420, tier: 'gold' },
          contact: { firstName: expect.any(String) },
          orderCount: expect.any(Number),
        },
      },
    });
  });

  it('whose policy holds without a line of its own', async () => {
    const { body } = await facet.graphql(QUERY, { as: 'admin', variables: { id } });
    expect(body.data).toEqual({ customer: { loyalty: null, contact: { firstName: null }, orderCount: null } });
  });

  it('which is asked again when what is stored is too old, and known by its namespace', async () => {
    points = 500;
    asked.length = 0;
    facet.advance(301_000);
    const { body } = await facet.graphql(
      'query { customerByIdentity(namespace: "loyalty.member", value: "L-1") { id loyalty { points } freshness { source stale } } }',
      { purpose: 'ESSENTIAL_SERVICE' },
    );
    expect(body.data).toEqual({
      customerByIdentity: {
        id,
        loyalty: { points: 500 },
        freshness: expect.arrayContaining([expect.objectContaining({ source: 'loyalty' })]),
      },
    });
    expect(asked).toEqual(['/members?ids=L-1']);
  });
});
