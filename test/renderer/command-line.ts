// A person at a command line, a project folder and a gateway: what the tests of `run()` share, made anew for each test.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../renderer/command';
import { type GatewayDouble, startGatewayDouble } from './gateway-double';

export const ID = '01J9ZC4Q8R0123456789ABCDEF';
export const TOKEN = 'secret-token-of-the-renderer';

export interface CommandLine {
  readonly gateway: GatewayDouble;
  readonly projectDir: string;
  readonly callerDir: string;
  /** Runs `render <line>`; `files` are those in the person's folder afterwards. */
  render(line: string, variables?: Record<string, string>): Promise<Outcome>;
  /** Writes what a started gateway leaves in its data folder. */
  writeData(dir: string, endpoints?: unknown): Promise<void>;
  dispose(): Promise<void>;
}
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  files: string[];
}

export async function startCommandLine(): Promise<CommandLine> {
  const gateway = await startGatewayDouble();
  const projectDir = await mkdtemp(path.join(tmpdir(), 'facet-project-'));
  const callerDir = await mkdtemp(path.join(tmpdir(), 'facet-caller-'));
  const writeData = async (dir: string, endpoints: unknown = { gateway: gateway.url }) => {
    await mkdir(dir, { recursive: true });
    await writeFile(path.join(dir, 'endpoints.json'), JSON.stringify(endpoints));
    await writeFile(path.join(dir, 'dev-credentials.json'), JSON.stringify({ renderer: TOKEN, admin: 'other' }));
  };
  await writeData(path.join(projectDir, '.data'));
  return {
    gateway,
    projectDir,
    callerDir,
    writeData,
    async render(line, variables = {}) {
      const result: Outcome = { code: -1, stdout: '', stderr: '', files: [] };
      const streams = {
        stdout: { write: (text: string) => (result.stdout += text) },
        stderr: { write: (text: string) => (result.stderr += text) },
      };
      result.code = await run(line.split(' ').filter(Boolean), { variables, projectDir, callerDir }, streams);
      result.files = (await readdir(callerDir)).sort();
      return result;
    },
    async dispose() {
      await gateway.close();
      await rm(projectDir, { recursive: true });
      await rm(callerDir, { recursive: true });
    },
  };
}

export const sent = (fields: object) => ({
  status: 200,
  body: { ...fields, send: true, _facet: { reason: null, withheld: [], masked: [], stale: [], consentVersion: '3' } },
});
export const refused = (reason: string) => ({
  status: 200,
  body: { send: false, _facet: { reason, withheld: [], masked: [], stale: [], consentVersion: null } },
});
