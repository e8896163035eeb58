/** A gateway whose only credentials are API keys, in a folder of its own and on a clock of the test's. Its one subgraph tells who asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openApiKeys, writeApiKey } from '../../gateway/api-keys';
import type { ApiKeys } from '../../gateway/api-keys';
import { changeKeyFile } from '../../gateway/api-keys/key-file';
import { createKey } from '../../gateway/api-keys/lifecycle';
import type { MadeKey } from '../../gateway/api-keys/lifecycle';
import { createAuthenticate } from '../../gateway/authenticate';
import { composeSupergraph } from '../../gateway/supergraph';
import { facetError } from '../../schema/errors';
import { openTestGraph, startGatewayOver } from './started-gateway';

export const NOON = Date.UTC(2036, 10, 24, 12);
export const bearer = (key: MadeKey) => `Bearer ${writeApiKey(key)}`;
export const basic = ({ id, secret }: { id: string; secret: string }) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

export const ACCEPTED = (who: string) => ({ status: 200, body: { data: { who } } });
export const REFUSED_KEY = {
  status: 401,
  body: {
    errors: [
      {
        message: 'Expected a valid key, but this one is not accepted.',
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ],
  },
};

export async function startWithKeys() {
  const folder = mkdtempSync(path.join(tmpdir(), 'facet-keys-'));
  const file = path.join(folder, 'api-keys.json');
  const usesFile = path.join(folder, 'api-key-uses.json');
  const clock = { now: NOON };
  const troubles: string[] = [];
  const open = (): ApiKeys =>
    openApiKeys({ file, usesFile, now: () => clock.now, onTrouble: (what) => troubles.push(what) });
  const apiKeys = open();
  const verifyToken = () => Promise.reject(facetError('UNAUTHENTICATED', 'There are no tokens.'));
  const authenticate = createAuthenticate({ verifyToken, apiKeys });
  const gateway = await startGatewayOver(
    await openTestGraph({
      supergraphSdl: composeSupergraph([{ name: 'who', sdl: 'type Query { who: String }', url: 'in-process:who' }]),
      transports: {
        who: (_request, { policy }) => {
          const { id = '', role = '', scopes = [] } = policy?.principal ?? {};
          return Promise.resolve({ data: { who: [id, role, ...scopes].join(' ') } });
        },
      },
    }),
    { authenticate, now: () => clock.now },
  );
  return {
    folder,
    file,
    usesFile,
    clock,
    troubles,
    apiKeys,
    open,
    url: gateway.url,
    create: (given: Partial<Parameters<typeof createKey>[1]> = {}) =>
      changeKeyFile(file, (keys) =>
        createKey(keys, { id: 'braze-eu', role: 'RENDERER', scopes: [], days: 90, ...given }, clock.now),
      ),
    ask: async (authorization: string) => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query: '{ who }' }),
      });
      return { status: response.status, body: (await response.json()) as unknown };
    },
    close: async () => {
      await gateway.close();
      await apiKeys.close();
      rmSync(folder, { recursive: true });
    },
  };
}
