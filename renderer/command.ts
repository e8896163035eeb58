// `npm run render`: from the words on the command line to a file and an exit code.
// Must not touch `process`: environment and streams come in, so that tests run exactly this. Must not print personal data.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeReason, type SendAnswer } from './answer';
import { type Customer, fetchAnswer, findConnection, GatewayError } from './gateway';
import { createRenderer, TemplateError } from './render';

export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where `.data` lies unless FACET_DATA_DIR says otherwise. */
  readonly projectDir: string;
  /** Where the person stands: relative paths on the command line start here. */
  readonly callerDir: string;
}
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}
interface Request {
  readonly template: string;
  readonly customer: Customer;
  readonly out: string;
  readonly dataDir: string;
}
class UsageError extends Error {}

const TEMPLATES_DIR = path.join(__dirname, 'templates');

/**
 * *Shape*: exit code. 0: the e-mail is written, or rightly not sent (said, and no file). 1: usage, gateway not reachable,
 * a coded error, file not writable; said on stderr.
 */
export async function run(argv: readonly string[], environment: Environment, streams: Streams): Promise<number> {
  const say = (line: string) => streams.stdout.write(`${line}\n`);
  const complain = (line: string) => streams.stderr.write(`${line}\n`);
  let templates: readonly string[] = [];
  try {
    const renderer = await createRenderer({ templatesDir: TEMPLATES_DIR });
    templates = renderer.templates();
    if (argv.includes('--help')) {
      say(usage(templates));
      return 0;
    }
    const request = parseRequest(argv, environment, templates);
    const { FACET_URL: url, FACET_TOKEN: token } = environment.variables;
    const connection = await findConnection({ url, token, dataDir: request.dataDir });
    const answer = await fetchAnswer(connection, request.template, request.customer);
    if (!answer.send) {
      say(`not sent: ${describeReason(answer.reason)}`);
      if (existsSync(request.out)) say(`An e-mail of an earlier run is still in ${request.out}; it must not be sent.`);
      return 0;
    }
    const email = renderer.render(request.template, answer);
    // Readable by the person who asked and nobody else: the file is personal data.
    await writeFile(request.out, email.html, { mode: 0o600 });
    say(`written: ${request.out}\nsubject: ${email.subject}${describeGaps(answer)}`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) complain(`${error.message}\n\n${usage(templates)}`);
    else if (error instanceof GatewayError || error instanceof TemplateError) complain(error.message);
    else if (isFileError(error)) complain(`Cannot write ${error.path} (${error.code}).`);
    else throw error;
    return 1;
  }
}

function usage(templates: readonly string[]): string {
  return [
    'Usage: npm run render -- <template> --customer <id> [--out FILE] [--data-dir DIR]',
    '       npm run render -- <template> --by <namespace>=<value> …',
    '',
    `Templates: ${templates.join(', ')}`,
    '',
    '  --customer <id>            the customer, by Facet id',
    '  --by <namespace>=<value>   the customer, by an id of another system, e.g. shopify.customer=123',
    '  --out FILE                 where the e-mail goes (default: <template>-<customer>.html, here)',
    '  --data-dir DIR             folder with endpoints.json and dev-credentials.json (default: .data of the project)',
    '',
    'Environment: FACET_URL, FACET_TOKEN, FACET_DATA_DIR',
  ].join('\n');
}

function parseRequest(argv: readonly string[], environment: Environment, templates: readonly string[]): Request {
  const { values, positionals } = parseWords(argv);
  const [template, ...more] = positionals;
  if (template === undefined) throw new UsageError('Which template?');
  if (more.length > 0) throw new UsageError(`Expected one template, got ${positionals.length} words.`);
  if (!templates.includes(template)) throw new UsageError(`There is no template "${template}".`);
  const customer = parseCustomer(values.customer, values.by);
  const out = values.out ?? `${template}-${'id' in customer ? customer.id : fileNameFor(customer)}.html`;
  const dataDir = environment.variables['FACET_DATA_DIR'] || '.data';
  return {
    template,
    customer,
    out: path.resolve(environment.callerDir, out),
    dataDir:
      values['data-dir'] === undefined
        ? path.resolve(environment.projectDir, dataDir)
        : path.resolve(environment.callerDir, values['data-dir']),
  };
}

function parseWords(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: { customer: text, by: text, out: text, 'data-dir': text },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parseCustomer(id: string | undefined, by: string | undefined): Customer {
  if ((id === undefined) === (by === undefined)) throw new UsageError('Give one of --customer and --by.');
  if (id !== undefined) {
    // The id becomes part of a URL and of a file name, where `..` and `/` would mean something else.
    if (!/^[\w-]{1,128}$/.test(id))
      throw new UsageError('--customer expects a Facet id, e.g. 01J9ZC4Q8R0000000000000000.');
    return { id };
  }
  const [, namespace, value] = /^([a-z][\w.]*)=(.+)$/is.exec(by ?? '') ?? [];
  if (namespace === undefined || value === undefined || /^\.{1,2}$/.test(value)) {
    throw new UsageError('--by expects <namespace>=<value>, e.g. shopify.customer=123.');
  }
  if (namespace === 'email') throw new UsageError('--by takes no e-mail address: addresses do not belong in URLs.');
  return { namespace, value };
}

/** The value may be a phone number, so the name carries a digest of it: stable, and harmless when it is printed. */
function fileNameFor(customer: { namespace: string; value: string }): string {
  return `${customer.namespace}-${createHash('sha256').update(customer.value).digest('hex').slice(0, 12)}`;
}

function describeGaps(answer: SendAnswer): string {
  const gaps = (['withheld', 'masked', 'stale'] as const).filter((kind) => answer[kind] > 0);
  return gaps.length === 0 ? '' : `\nfields:  ${gaps.map((kind) => `${answer[kind]} ${kind}`).join(', ')}`;
}

function isFileError(error: unknown): error is { code: string; path: string } {
  return typeof error === 'object' && error !== null && 'code' in error && 'path' in error;
}
