import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { composeSupergraph } from '../../gateway/supergraph';
import { readJson, startProcess } from './process';
import type { Started } from './process';

jest.setTimeout(60_000);

/** Two subgraphs of somebody else's: reviews of books. */
const BOOKS = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { book(isbn: ID!): Book }
  type Book @key(fields: "isbn") { isbn: ID! title: String }`;
const REVIEWS = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Book @key(fields: "isbn") { isbn: ID! stars: Int }`;

interface Asked {
  readonly headers: Record<string, unknown>;
}
interface Subgraph {
  readonly url: string;
  readonly asked: Asked[];
  /** While set, no answer leaves. */
  held: Promise<void> | null;
  readonly server: Server;
}

async function serve(sdl: string, resolvers: Parameters<typeof buildSubgraphSchema>[0] & object): Promise<Subgraph> {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  const asked: Asked[] = [];
  const subgraph = { asked, held: null } as unknown as { -readonly [Key in keyof Subgraph]: Subgraph[Key] };
  subgraph.server = createServer((request, response) => {
    asked.push({ headers: request.headers });
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
      void graphql({ schema, source: query, variableValues: variables }).then(async (result) => {
        await subgraph.held;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(result));
      });
    });
  });
  await new Promise<void>((resolve) => subgraph.server.listen(0, '127.0.0.1', resolve));
  subgraph.url = `http://127.0.0.1:${(subgraph.server.address() as AddressInfo).port}/graphql`;
  return subgraph;
}

let folder: string;
let books: Subgraph;
let reviews: Subgraph;
let gateway: Started | undefined;
const file = () => path.join(folder, 'supergraph.graphql');
const supergraph = (booksSdl: string, booksUrl = books.url) =>
  composeSupergraph([
    { name: 'books', sdl: booksSdl, url: booksUrl },
    { name: 'reviews', sdl: REVIEWS, url: reviews.url },
  ]);
const write = (text: string) => {
  writeFileSync(`${file()}.new`, text);
  renameSync(`${file()}.new`, file());
};

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'facet-gateway-'));
  books = await serve(BOOKS, {
    Query: { book: (_: unknown, { isbn }: { isbn: string }) => ({ isbn, title: `Title of ${isbn}` }) },
  } as never);
  reviews = await serve(REVIEWS, { Book: { __resolveReference: (book: object) => book, stars: () => 4 } } as never);
});
afterEach(async () => {
  await gateway?.end('SIGTERM');
  gateway = undefined;
  for (const { server } of [books, reviews]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true, force: true });
});

const start = async (environment: Record<string, string> = {}) => {
  const started = startProcess(folder, { SUPERGRAPH_FILE: file(), ...environment }, 'gateway');
  gateway = started;
  await started.until('ready', () => /^ready$/m.test(started.stdout()));
  return started;
};
const url = () => /gateway +(http\S+)/.exec(gateway?.stdout() ?? '')?.[1] ?? '';
const ask = async (query: string, headers: Record<string, string> = {}) => {
  const { renderer } = readJson<Record<string, string>>(path.join(folder, 'dev-credentials.json')) ?? {};
  const response = await fetch(`${url()}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${renderer}`, ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const BOTH = '{ book(isbn: "1") { title stars } }';

describe('The gateway alone, over a supergraph of somebody else’s', () => {
  it('is ready without calling a subgraph, and answers from both', async () => {
    write(supergraph(BOOKS));
    await start();
    expect((await fetch(`${url()}/readyz`)).status).toBe(200);
    expect([books.asked, reviews.asked]).toEqual([[], []]);
    expect(await ask(BOTH)).toEqual({ status: 200, body: { data: { book: { title: 'Title of 1', stars: 4 } } } });
    expect(books.asked[0]?.headers).not.toHaveProperty('x-facet-policy');
    expect((await ask(BOTH, { authorization: '' })).status).toBe(401);
  });

  it('finds a subgraph where SUBGRAPH_<NAME>_URL says', async () => {
    write(supergraph(BOOKS, 'http://127.0.0.1:1/graphql'));
    await start({ SUBGRAPH_BOOKS_URL: books.url });
    expect((await ask(BOTH)).body).toEqual({ data: { book: { title: 'Title of 1', stars: 4 } } });
  });

  it('serves a new supergraph as soon as its file changes; what runs ends on the old one', async () => {
    write(supergraph(BOOKS));
    const { until } = await start();
    let release = () => {};
    books.held = new Promise((resolve) => (release = resolve));
    const running = ask(BOTH);
    await until('the running request at its subgraph', () => books.asked.length === 1);

    write(supergraph(BOOKS.replace('title: String', 'title: String heading: String @deprecated')));
    await until('the new field', async () => {
      const { body } = await ask('{ __type(name: "Book") { fields(includeDeprecated: true) { name } } }');
      return JSON.stringify(body).includes('heading');
    });
    release();
    expect(await running).toEqual({ status: 200, body: { data: { book: { title: 'Title of 1', stars: 4 } } } });
  });

  it('goes on serving what it serves when the new one cannot be read', async () => {
    write(supergraph(BOOKS));
    const { until, stderr } = await start();
    write('type Query { nothing: Int }');
    await until('the refusal', () => stderr().includes('supergraph not replaced'));
    expect(stderr()).toContain('"reason":"Expected a federation 2 supergraph with the enum join__Graph');
    expect((await ask(BOTH)).status).toBe(200);
  });

  it('loses no request over a subgraph that moves, and leaves no connection where it was', async () => {
    write(supergraph(BOOKS));
    const { until, stderr } = await start({ FACET_LOG_LEVEL: 'info' });
    const moved = await serve(BOOKS, {
      Query: { book: (_: unknown, { isbn }: { isbn: string }) => ({ isbn, title: `Title of ${isbn}` }) },
    } as never);
    let isOver = false;
    const answers: unknown[] = [];
    const asking = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!isOver) answers.push(await ask(BOTH));
      }),
    );
    write(supergraph(BOOKS, moved.url));
    await until('the new graph', () => stderr().includes('supergraph replaced'));
    await until('a request at the new place', () => moved.asked.length > 0);
    isOver = true;
    await asking;
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 200, body: { data: { book: { title: 'Title of 1', stars: 4 } } } })]),
    );
    const connections = () => new Promise((resolve) => books.server.getConnections((_error, count) => resolve(count)));
    await until('no connection to the old place', async () => (await connections()) === 0);
    moved.server.closeAllConnections();
    await new Promise((resolve) => moved.server.close(resolve));
  });

  it.each([
    ['no file', () => {}, {}, 'SUPERGRAPH_FILE: expected a file that can be read; came ENOENT'],
    [
      'personal data, and a subgraph without a key',
      () =>
        write(
          `${supergraph(BOOKS).replace('title: String', 'title: String @personalData(category: NAME)')}
          directive @personalData(category: String) on FIELD_DEFINITION`,
        ),
      {},
      'FACET_POLICY_KEYS: expected a key for every subgraph, since the graph holds personal data; none came for books, reviews',
    ],
    [
      'keys that are no JSON',
      () => write(supergraph(BOOKS)),
      { FACET_POLICY_KEYS: 'secret' },
      'FACET_POLICY_KEYS: expected JSON; came a value not shown here',
    ],
    [
      'an override that is no URL',
      () => write(supergraph(BOOKS)),
      { SUBGRAPH_BOOKS_URL: 'books' },
      'SUBGRAPH_BOOKS_URL: expected an http URL; came "books"',
    ],
  ])('does not start with %s', async (_what, prepare, environment, line) => {
    prepare();
    const started = startProcess(folder, { SUPERGRAPH_FILE: file(), ...environment }, 'gateway');
    gateway = started;
    expect(await new Promise((resolve) => started.child.once('exit', resolve))).toBe(1);
    expect(started.stderr()).toContain(line);
    expect(started.stdout()).toBe('');
  });
});
