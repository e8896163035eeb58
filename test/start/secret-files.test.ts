/** A secret may lie in a file that its variable's name with `_FILE` names: read once, and refused where others may read it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseGatewayConfig } from '../../gateway/config';
import { ConfigError, parseEnvironment, variablesOf } from '../../schema/environment';
import { sources } from '../../subgraphs/sources';

const CANARY = 'canary-of-a-secret-in-a-file-7f3a91c2';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'facet-secret-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const fileWith = (text: string, mode = 0o600) => {
  const file = path.join(folder, 'secret');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
};
/** What stops the start. */
const linesOf = (environment: Record<string, string>) => {
  try {
    parseGatewayConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
};

it.each([0o600, 0o400, 0o440, 0o640])('A file of mode %o gives the secret, without the line’s end', (mode) => {
  const file = fileWith(`${CANARY}\n`, mode);
  expect(parseGatewayConfig({ FACET_IDENTITY_SECRET_FILE: file }).FACET_IDENTITY_SECRET).toBe(CANARY);
});

it('A file is read as its variable would be: a list of keys is a list of keys', () => {
  const keys = [7, 8].map((fill) => Buffer.alloc(32, fill).toString('base64'));
  expect(parseGatewayConfig({ FACET_ENCRYPTION_KEYS_FILE: fileWith(keys.join(',')) }).FACET_ENCRYPTION_KEYS).toEqual(
    keys,
  );
});

it.each([0o644, 0o604, 0o606, 0o666, 0o601])('A file of mode %o is refused: others may use it', (mode) => {
  const lines = linesOf({ FACET_MASK_SECRET_FILE: fileWith(CANARY, mode) });
  expect(lines).toEqual([
    `FACET_MASK_SECRET_FILE: expected a file that only its owner and group may read; came mode 0${mode.toString(8)}`,
  ]);
});

it.each<[string, () => string, string]>([
  ['not there', () => path.join(folder, 'another'), 'that can be read; came ENOENT'],
  [
    'a folder',
    () => (mkdirSync(path.join(folder, 'd')), path.join(folder, 'd')),
    'that holds the secret; came something else',
  ],
  ['empty', () => fileWith(' \n'), 'that holds the secret; came an empty one'],
  ['far too long', () => fileWith('x'.repeat(65_537)), 'of at most 65536 bytes; came 65537'],
])('A file that is %s is refused', (_what, fileOf, trouble) => {
  expect(linesOf({ FACET_SIGNING_SECRET_FILE: fileOf() })).toEqual([
    `FACET_SIGNING_SECRET_FILE: expected a file ${trouble}`,
  ]);
});

it('A value and a file at once are refused, and a wrong secret is not shown, wherever it came from', () => {
  const file = fileWith('short-canary');
  expect(linesOf({ FACET_URL_SECRET: CANARY, FACET_URL_SECRET_FILE: file })).toEqual([
    'FACET_URL_SECRET: expected a value or FACET_URL_SECRET_FILE; came both',
  ]);
  const [line, ...others] = linesOf({ FACET_URL_SECRET_FILE: file });
  expect([line, others]).toEqual([expect.stringMatching(/^FACET_URL_SECRET: .*; came a value not shown here$/), []]);
});

it('Every source’s credentials may lie in files, and nothing that is no secret does', () => {
  const files = sources.flatMap(({ settings }) => variablesOf(settings)).filter((each) => each.endsWith('_FILE'));
  expect(files.toSorted()).toEqual([
    ...['HUBSPOT_TOKEN_FILE', 'HUBSPOT_WEBHOOK_SECRET_FILE', 'POSTHOG_TOKEN_FILE', 'POSTHOG_WEBHOOK_SECRET_FILE'],
    ...['SHOPIFY_CLIENT_SECRET_FILE', 'ZENDESK_CLIENT_SECRET_FILE', 'ZENDESK_WEBHOOK_SECRET_FILE'],
  ]);
  const [crm] = sources;
  const given = { HUBSPOT_URL: 'https://api.hubapi.com', HUBSPOT_TOKEN_FILE: fileWith(CANARY) };
  expect(crm && parseEnvironment(crm.settings, given)).toMatchObject({ HUBSPOT_TOKEN: CANARY });
});
