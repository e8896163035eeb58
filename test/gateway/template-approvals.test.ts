/** A template that rests on no consent is answered when the privacy officer approved this very document, on every route or on none. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { approve, isApproved, readApprovals } from '../../gateway/template-approvals';
import type { Approvals } from '../../gateway/template-approvals';
import { readTemplates } from '../../gateway/templates';
import type { Principal } from '../../schema/request-policy';
import { openTestGraph, startGatewayOver } from './started-gateway';

const SCHEMA = path.join(__dirname, '..', '..', 'schema');
const NOON = Date.UTC(2036, 10, 24, 12);
const OFFICER: Principal = { id: 'officer-7', role: 'PRIVACY_OFFICER', scopes: [] };
const SENDER: Principal = { id: 'sender', role: 'RENDERER', scopes: [] };
/** Nobody is known here: who gets this far was answered. */
const ANSWERED = '404 CUSTOMER_UNKNOWN';
const REFUSED = '403 TEMPLATE_NOT_APPROVED';

let folder: string;
const inFolder = (name: string) => path.join(folder, name);
const closers: Array<() => Promise<unknown>> = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'facet-approvals-'));
  cpSync(path.join(SCHEMA, 'templates'), inFolder('templates'), { recursive: true });
  cpSync(path.join(SCHEMA, 'template.graphql'), inFolder('template.graphql'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

const publicSchema = buildSchema(readFileSync(path.join(SCHEMA, 'generated', 'api.graphql'), 'utf8'));
const templates = () => readTemplates(inFolder('templates'), publicSchema);
const template = (name: string) => {
  const found = templates().find((each) => each.name === name);
  if (found === undefined) throw new Error(`Expected the template ${name}.`);
  return found;
};
const write = (approvals: unknown) => writeFileSync(inFolder('template-approvals.json'), JSON.stringify(approvals));
const approved = (profile: 'production' | 'development' = 'production'): Approvals =>
  approve({}, template('order-follow-up'), { principal: OFFICER, profile, now: NOON });
const change = (from: string, to: string) => {
  const file = inFolder('templates/order-follow-up.graphql');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};

async function start(profile: 'production' | 'development' = 'production') {
  const warned: Array<[unknown, string]> = [];
  const transport = () => Promise.resolve({ data: { _0_customer: null, _0_customerByIdentity: null } });
  const graph = await openTestGraph({
    supergraphSdl: readFileSync(path.join(SCHEMA, 'generated', 'supergraph.graphql'), 'utf8'),
    transports: Object.fromEntries(
      ['analytics', 'commerce', 'crm', 'profiles', 'support'].map((name) => [name, transport]),
    ),
    templatesDir: inFolder('templates'),
    profile,
    log: { info: () => {}, warn: (...given) => warned.push(given), error: () => {} },
  });
  const gateway = await startGatewayOver(graph, { principal: SENDER });
  closers.push(() => gateway.close());
  const ask = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    const body = (await response.json()) as { errors?: Array<{ extensions: { code: string } }>; data?: unknown };
    return `${response.status} ${body.errors?.[0]?.extensions.code ?? JSON.stringify(body.data)}`;
  };
  const route = gateway.url.replace('/graphql', '/v1/templates');
  return {
    warned,
    byId: (name: string) => ask(`${route}/${name}/customers/01ARZ3NDEKTSV4RRFFQ69G5FAV`),
    byIdentity: (name: string) => ask(`${route}/${name}/by/hubspot.contact/1`),
    byDocument: (name: string, method: 'GET' | 'POST') => {
      const { documentId } = template(name);
      const variables = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' };
      return method === 'GET'
        ? ask(`${gateway.url}?documentId=${documentId}&variables=${encodeURIComponent(JSON.stringify(variables))}`)
        : ask(gateway.url, {
            method,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ documentId, variables }),
          });
    },
  };
}

/** What every route answers for one template. */
async function everyRoute(gateway: Awaited<ReturnType<typeof start>>, name: string) {
  return [
    await gateway.byId(name),
    await gateway.byIdentity(name),
    await gateway.byDocument(name, 'GET'),
    await gateway.byDocument(name, 'POST'),
  ];
}
const ALL_REFUSED = [REFUSED, REFUSED, REFUSED, REFUSED];
const ALL_ANSWERED = [ANSWERED, ANSWERED, '200 {"customer":null}', '200 {"customer":null}'];

describe('A template that rests on no consent', () => {
  it('is answered when this document was approved', async () => {
    write(approved());
    const gateway = await start();
    expect(await everyRoute(gateway, 'order-follow-up')).toEqual(ALL_ANSWERED);
    expect(gateway.warned).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['nobody approved anything', () => {}],
    ['nobody approved it', () => write({})],
    ['another one was approved', () => write({ 'win-back': approved()['order-follow-up'] })],
    ['a development approved it', () => write(approved('development'))],
    ['a field was added since', () => (write(approved()), change('lastName', 'lastName phone'))],
    ['a fallback was changed since', () => (write(approved()), change('"there"', '"customer"'))],
    ['its topic was changed since', () => (write(approved()), change('topic: "orders"', 'topic: "promotions"'))],
  ])('is refused on every route, and told of at the start, when %s', async (_what, prepare) => {
    change('      email @required\n', '      lastName\n      email @required\n');
    prepare();
    const gateway = await start();
    expect(await everyRoute(gateway, 'order-follow-up')).toEqual(ALL_REFUSED);
    expect(gateway.warned).toEqual([
      [{ template: 'order-follow-up', code: 'TEMPLATE_NOT_APPROVED' }, 'template not approved'],
    ]);
    expect(await everyRoute(gateway, 'win-back')).toEqual(ALL_ANSWERED);
  });

  it('may be written differently without becoming another: comments and blanks do not count', async () => {
    write(approved());
    change('query OrderFollowUp($id: ID!)\n', '# A remark.\nquery   OrderFollowUp( $id: ID! )\n');
    expect(await (await start()).byId('order-follow-up')).toBe(ANSWERED);
  });

  it('is answered in development with a demo officer’s approval', async () => {
    write(approved('development'));
    expect(await (await start('development')).byId('order-follow-up')).toBe(ANSWERED);
  });
});

it('A marketing template becomes one that rests on no consent only by approval', async () => {
  const file = inFolder('templates/win-back.graphql');
  writeFileSync(file, readFileSync(file, 'utf8').replace('purpose: EMAIL_MARKETING', 'purpose: ESSENTIAL_SERVICE'));
  expect(await (await start()).byId('win-back')).toBe(REFUSED);
});

it('Approvals that cannot be read stop the start', async () => {
  write({ 'order-follow-up': { documentId: 'x' } });
  await expect(start()).rejects.toThrow('is not a file of approvals');
});

describe('To approve', () => {
  it('writes down who, what and when', () => {
    expect(approved()).toEqual({
      'order-follow-up': {
        documentId: template('order-follow-up').documentId,
        approvedBy: 'officer-7',
        approvedAt: '2036-11-24T12:00:00.000Z',
        profile: 'production',
      },
    });
  });

  it.each(['RENDERER', 'ANALYST', 'SUPPORT_AGENT', 'DATA_SUBJECT', 'ADMIN'] as const)('is not for a %s', (role) => {
    const given = { principal: { ...OFFICER, role }, profile: 'production', now: NOON } as const;
    expect(() => approve({}, template('order-follow-up'), given)).toThrow(`came one of a ${role}`);
  });

  it('is not needed where consent decides', () => {
    const given = { principal: OFFICER, profile: 'production', now: NOON } as const;
    expect(() => approve({}, template('win-back'), given)).toThrow('needs no approval but consent');
  });
});

it('Every shipped template that rests on no consent is approved as it is now (npm run approve -- <template>)', () => {
  const approvals = readApprovals(path.join(SCHEMA, 'template-approvals.json'));
  const missing = templates().filter((each) => !isApproved(each, approvals, 'development'));
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(Object.keys(approvals).filter((name) => !templates().some((each) => each.name === name))).toEqual([]);
});
