/** What a subgraph at the other end of a socket is sent, and what becomes of the words it answers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { parse } from 'graphql';
import { connectSubgraph, type RemoteSubgraph } from '../../gateway/execute/fetch';
import { composed, requestContext } from './composed';
import { customerGraph } from './customer-graph';

let server: Server;
let remote: RemoteSubgraph;
let received: unknown;
let answer = '{"data":null}';

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      received = JSON.parse(Buffer.concat(chunks).toString());
      response.setHeader('content-type', 'application/json').end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  remote = connectSubgraph({ name: 'crm', url: `http://127.0.0.1:${port}/graphql`, key: null, now: Date.now });
});

afterAll(async () => {
  await remote.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('A subgraph is sent query and variables as JSON has them, lists that were sent before included', async () => {
  const list = fc.array(fc.jsonValue());
  const variables = fc.dictionary(fc.string(), fc.oneof(list, fc.jsonValue(), fc.constant(undefined)));
  const request = fc.record(
    { query: fc.string(), operationName: fc.string(), variables },
    { requiredKeys: ['query', 'variables'] },
  );
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      for (let time = 0; time < 2; time++) {
        await remote.transport(sent, requestContext());
        expect(received).toEqual(JSON.parse(JSON.stringify(sent)));
      }
    }),
  );
});

/** crm answers these words, the others as they are. */
const answered = async (text: string, query = QUERY) => {
  answer = text;
  const { executor } = customerGraph({
    answers: { crm: (request, _real, context, whenUnwanted) => remote.transport(request, context, whenUnwanted) },
  });
  const { dataText, errors = [] } = await executor.prepare(parse(query)).execute({}, requestContext());
  return { dataText, errors: errors.map(({ path, extensions }) => [path, extensions.code]) };
};
const QUERY = '{ customers(ids: [1, 2]) { mail: contact { email tags born } id company { name } lastOrder { id } } }';
const entities = (...each: string[]) => `{"data":{"_entities":[${each.join(',')}]}}`;
const ada = '{"_0_mail":{"email":"a\\u0040\\"x\\\\","tags":["a"],"born":1815.50},"company":{"name":null}}';
const grace = '{"_0_mail":null,"company":null}';
const ADA =
  '{"mail":{"email":"a\\u0040\\"x\\\\","tags":["a"],"born":1815.50},"id":"1","company":{"name":null},"lastOrder":{"id":"order of c1"}}';
const ADA_PARSED = ADA.replace('\\u0040', '@').replace('1815.50', '1815.5');
const GRACE = '{"mail":null,"id":"2","company":null,"lastOrder":{"id":"order of c2"}}';
const both = (...customers: string[]) => `{"customers":[${customers.join(',')}]}`;

describe('What a subgraph answers', () => {
  test('is passed on in its own words where they are what was asked', async () => {
    const whole = { dataText: both(ADA, GRACE), errors: [] };
    expect(await answered(entities(ada, grace))).toEqual(whole);
    expect(await answered(`${entities(ada, grace)}\n`)).toEqual(whole);
    expect(await answered(entities(ada, 'null'))).toEqual({ dataText: both(ADA, GRACE), errors: [] });
  });

  test('keeps its errors and notes beside it', async () => {
    const { dataText, errors } = await answered(
      entities(ada, grace).replace(
        /\}$/,
        ',"errors":[{"message":"no","path":["_entities",1,"_0_mail"],"extensions":{"code":"UPSTREAM_TIMEOUT"}}]}',
      ),
    );
    expect({ dataText, errors }).toEqual({
      dataText: both(ADA, GRACE),
      errors: [[['customers', 1, 'mail'], 'UPSTREAM_TIMEOUT']],
    });
  });

  test.each([
    ['keys in another order', ada.replace(/^\{(.*),("company":.*)\}$/, '{$2,$1}')],
    ['spaces', ada.replaceAll(':', ': ')],
    ['a key too many', ada.replace('"tags"', '"secret":1,"tags"')],
    ['a key twice', ada.replace('"tags"', '"tags":["b"],"tags"')],
    ['a number with an exponent', ada.replace('1815.50', '18155e-1')],
  ])('is written anew where it is not: %s', async (_name, entity) => {
    expect(await answered(entities(entity, grace))).toEqual({ dataText: both(ADA_PARSED, GRACE), errors: [] });
  });

  test.each([
    ['a scalar of another type', '"a"]', '1]', ['customers', 0, 'mail', 'tags', 0]],
    ['null where none is allowed', '["a"]', '[null]', ['customers', 0, 'mail', 'tags', 0]],
    ['a list for a value', '"name":null', '"name":[]', ['customers', 0, 'company', 'name']],
  ])('is held to the schema: %s', async (_name, right, wrong, path) => {
    const { dataText, errors } = await answered(entities(ada.replace(right, wrong), grace));
    expect(JSON.parse(dataText)).toMatchObject({ customers: [{ id: '1' }, JSON.parse(GRACE)] });
    expect(dataText).not.toContain(wrong);
    expect(errors.map(([at]) => at)).toEqual([path]);
  });

  test.each([
    ['half a string', entities(ada.replace('["a"]', '["a]'), grace)],
    ['a control character', entities(ada.replace('["a"]', '["\n"]'), grace)],
    ['an unknown escape', entities(ada.replace('u0040', 'x0040'), grace)],
    ['an entity too few', entities(ada)],
    ['an entity too many', entities(ada, grace, ada)],
    ['data twice', entities(ada, grace).replace(/\}$/, ',"data":{"_entities":[null]}}')],
    ['words behind it', `${entities(ada, grace)} {}`],
  ])('is none where it is no answer: %s', async (_name, text) => {
    const { dataText, errors } = await answered(text);
    expect(JSON.parse(dataText)).toEqual({
      customers: ['1', '2'].map((id) => ({ mail: null, id, company: null, lastOrder: { id: `order of c${id}` } })),
    });
    expect(errors).toEqual([0, 1].map((index) => [['customers', index], 'SUBGRAPH_UNAVAILABLE']));
  });

  test('is read to others’ needs where they look into it', async () => {
    const query = '{ customers(ids: [1, 2]) { company { name revenue } } }';
    const companies = [
      '{"company":{"name":"A","__typename":"Company","code":"c","country":{"iso":"DE"}}}',
      '{"company":null}',
    ];
    const { dataText, errors } = await answered(entities(...companies), query);
    expect({ dataText, errors }).toEqual({
      dataText: '{"customers":[{"company":{"name":"A","revenue":3}},{"company":null}]}',
      errors: [],
    });
  });

  test('is read where another subgraph requires it', async () => {
    const { run, asked } = composed(
      {
        profiles: {
          typeDefs: 'type Query { parcel: Parcel } type Parcel @key(fields: "id") { id: ID! }',
          resolvers: { Query: { parcel: () => ({ id: '1' }) } },
        },
        crm: {
          typeDefs: 'type Parcel @key(fields: "id") { id: ID! size: Size } type Size { width: Int }',
          resolvers: { Parcel: { __resolveReference: ({ id }: { id: string }) => ({ id, size: { width: 2 } }) } },
        },
        commerce: {
          typeDefs: `
            type Parcel @key(fields: "id") {
              id: ID!
              size: Size @external
              price: Int @requires(fields: "size { width }")
            }
            type Size { width: Int @external }`,
          resolvers: {
            Parcel: {
              __resolveReference: (parcel: object) => parcel,
              price: ({ size }: { size: { width: number } }) => size.width * 3,
            },
          },
        },
      },
      {
        answers: {
          crm: async (request, real) => {
            const text = JSON.stringify(await real());
            return request.readVerbatim?.(text) ?? JSON.parse(text);
          },
        },
      },
    );
    expect(await run('{ parcel { price size { width } } }')).toEqual({
      data: { parcel: { price: 6, size: { width: 2 } } },
    });
    const [sent] = asked.filter(({ subgraph }) => subgraph === 'commerce');
    expect(sent?.variables).toEqual({ representations: [{ __typename: 'Parcel', id: '1', size: { width: 2 } }] });
  });
});

describe('What one subgraph answers and others require', () => {
  /** profiles answers these words, and the client's selection reads id, name, and what crm and commerce know by `access` and keys. */
  const shownOf = async (root: string, customers: string, fields = 'id name contact { email } lastOrder { id }') => {
    const { executor, asked } = customerGraph({
      answers: { profiles: () => `{"data":{"_0_${root.replace(/\(.*/, '')}":${customers}}}` },
      throughText: true,
    });
    const { dataText, errors = [] } = await executor
      .prepare(parse(`{ ${root} { ${fields} } }`))
      .execute({}, requestContext());
    const sent = asked
      .filter(({ subgraph }) => subgraph !== 'profiles')
      .map(({ variables }) => variables.representations);
    return { dataText, errors: errors.map(({ path }) => path), sent };
  };
  const customer = (id: string, access = '"a"', more = '') =>
    `{"__typename":"Customer","id":"${id}","name":"\\u0041da","access":${access},"sourceKeys":[{"key":"c${id}","source":"crm"${more}}]}`;
  const sentOf = (id: string, access: unknown = 'a') => ({
    __typename: 'Customer',
    id,
    access,
    sourceKeys: [{ source: 'crm', key: `c${id}` }],
  });
  const shownAs = (id: string, name = '\\u0041da') =>
    `{"id":"${id}","name":"${name}","contact":{"email":"c${id}@example.org"},"lastOrder":{"id":"order of c${id}"}}`;

  test('goes in its own words, to the client and to others', async () => {
    const both = [sentOf('1'), sentOf('2', null)];
    expect(await shownOf('customers(ids: [1, 2])', `[${customer('1')},${customer('2', 'null')}]`)).toEqual({
      dataText: `{"customers":[${shownAs('1')},${shownAs('2')}]}`,
      errors: [],
      sent: [both, both],
    });
  });

  test('is one object or a list, with nobody in it or the same twice', async () => {
    const one = [sentOf('1')];
    const list = 'customers(ids: [1, 9, 1])';
    expect(await shownOf('customer(id: 1)', customer('1'))).toEqual({
      dataText: `{"customer":${shownAs('1')}}`,
      errors: [],
      sent: [one, one],
    });
    expect(await shownOf(list, `[${customer('1')},null,${customer('1')}]`)).toEqual({
      dataText: `{"customers":[${shownAs('1')},null,${shownAs('1')}]}`,
      errors: [],
      sent: [one, one],
    });
    expect(await shownOf('customer(id: 9)', 'null')).toEqual({ dataText: '{"customer":null}', errors: [], sent: [] });
    expect(await shownOf(list, '[]')).toEqual({ dataText: '{"customers":[]}', errors: [], sent: [] });
  });

  test.each([
    ['a value of a scalar of its own', customer('1', '{"may":["read"]}'), { may: ['read'] }],
    ['a key that nobody asked for', customer('1', '"a"', ',"secret":1'), 'a'],
    ['spaces', customer('1').replaceAll(':', ' : '), 'a'],
  ])('is written anew where it is not as asked: %s', async (_name, text, access) => {
    const sent = [sentOf('1', access)];
    expect(await shownOf('customer(id: 1)', text)).toEqual({
      dataText: `{"customer":${shownAs('1', 'Ada')}}`,
      errors: [],
      sent: [sent, sent],
    });
  });

  test('is not asked about where it is of another type, or lacks what is required', async () => {
    const others = [customer('1').replace('Customer', 'Page'), customer('2').replace(/,"sourceKeys.*\]/, '')];
    const { sent } = await shownOf('customers(ids: [1, 2])', `[${others.join(',')}]`);
    expect(sent).toEqual([]);
  });

  test('is parsed where it is required in part, or under other keys', async () => {
    const { run, asked } = composed(
      {
        profiles: {
          typeDefs: `
            type Query { parcel: Parcel }
            type Parcel @key(fields: "id") { id: ID! size: Size }
            type Size @shareable { width: Int height: Int }`,
          resolvers: { Query: { parcel: () => ({ id: '1', size: { width: 2, height: 3 } }) } },
        },
        commerce: {
          typeDefs: `
            type Parcel @key(fields: "id") {
              id: ID!
              size: Size @external
              price: Int @requires(fields: "size { width }")
            }
            type Size @shareable { width: Int height: Int }`,
          resolvers: {
            Parcel: {
              __resolveReference: (parcel: object) => parcel,
              price: ({ size }: { size: { width: number } }) => size.width * 3,
            },
          },
        },
      },
      { throughText: true },
    );
    expect(await run('{ parcel { price size { width height } } }')).toEqual({
      data: { parcel: { price: 6, size: { width: 2, height: 3 } } },
    });
    const [sent] = asked.filter(({ subgraph }) => subgraph === 'commerce');
    expect(sent?.variables).toEqual({ representations: [{ __typename: 'Parcel', id: '1', size: { width: 2 } }] });
  });
});
