/** The rules of the layout, read off the import lines. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..');
const ROOMS = ['schema', 'subgraphs', 'gateway', 'simulator', 'renderer', 'bench', 'deploy'];

interface SourceFile {
  /** Path from the project folder, with forward slashes. */
  readonly name: string;
  readonly text: string;
  /** What it imports: packages by name, own files by path from the project folder. */
  readonly imports: readonly string[];
}

const files: SourceFile[] = ROOMS.flatMap((room) =>
  readdirSync(path.join(ROOT, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !/generated|node_modules/.test(entry.parentPath))
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      const imports = [...text.matchAll(/(?:from|import|require\()\s*'([^']+)'/g)].map(([, target = '']) =>
        target.startsWith('.') ? path.relative(ROOT, path.resolve(path.dirname(file), target)) : target,
      );
      return { name: path.relative(ROOT, file).replaceAll('\\', '/'), text, imports };
    }),
);
const below = (folder: string) => files.filter(({ name }) => name.startsWith(`${folder}/`));
const room = (target: string) => target.split('/')[0] ?? '';
const own = (target: string) => ROOMS.includes(room(target));
const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');

describe('The layout', () => {
  it('keeps schema/ free of everything else of ours', () => {
    const strays = below('schema').flatMap(({ name, imports }) =>
      imports.filter((target) => own(target) && room(target) !== 'schema').map((target) => `${name} → ${target}`),
    );
    expect(strays).toEqual([]);
  });

  it('keeps each source apart from the others', () => {
    const sources = ['crm', 'commerce', 'analytics', 'support'];
    const strays = sources.flatMap((source) =>
      below(`subgraphs/${source}`).flatMap(({ name, imports }) =>
        imports
          .filter((target) => sources.some((other) => other !== source && target.startsWith(`subgraphs/${other}/`)))
          .map((target) => `${name} → ${target}`),
      ),
    );
    expect(strays).toEqual([]);
  });

  it('lets the gateway know subgraphs by contract and endpoint only', () => {
    const strays = below('gateway').flatMap(({ name, imports }) =>
      imports
        .filter((target) => own(target) && !['gateway', 'schema'].includes(room(target)))
        .map((target) => `${name} → ${target}`),
    );
    expect(strays).toEqual([]);
  });

  it('keeps the simulator and the renderer apart from the product', () => {
    const strays = ['simulator', 'renderer'].flatMap((folder) =>
      below(folder).flatMap(({ name, imports }) =>
        imports.filter((target) => own(target) && room(target) !== folder).map((target) => `${name} → ${target}`),
      ),
    );
    expect(strays).toEqual([]);
  });

  it('keeps the process to main.ts: environment, exit and signals', () => {
    const strays = files.filter(
      ({ name, text }) =>
        !name.endsWith('/main.ts') && /process\.(env|exit\b|exitCode|on\()|closeWithGrace/.test(withoutComments(text)),
    );
    expect(strays.map(({ name }) => name)).toEqual([]);
  });

  it('calls other people’s APIs from upstream/ only', () => {
    const strays = [...below('subgraphs'), ...below('gateway')].filter(
      ({ name, text, imports }) =>
        !name.startsWith('subgraphs/upstream/') &&
        !['subgraphs/serve.ts', 'gateway/execute/fetch.ts'].includes(name) &&
        (imports.includes('undici') ||
          imports.includes('node:https') ||
          /(?<![.\w])fetch\(/.test(withoutComments(text))),
    );
    expect(strays.map(({ name }) => name)).toEqual([]);
  });

  it('lets only the kit know both type-graphql and @apollo/subgraph', () => {
    const both = files.filter(
      ({ imports }) => imports.includes('type-graphql') && imports.includes('@apollo/subgraph'),
    );
    expect(both.map(({ name }) => name)).toEqual(['subgraphs/subgraph.ts']);
    const apollo = files.filter(({ imports }) => imports.includes('@apollo/subgraph'));
    expect(apollo.map(({ name }) => name)).toEqual(['subgraphs/subgraph.ts']);
  });

  it('lets only profiles write: no source imports a store adapter', () => {
    const strays = files
      .filter(
        ({ name }) =>
          !name.startsWith('subgraphs/profiles/') &&
          name !== 'subgraphs/main.ts' &&
          name !== 'subgraphs/main.ts' &&
          !name.startsWith('deploy/') &&
          !name.startsWith('bench/'),
      )
      .filter(({ imports }) =>
        imports.some((target) => /^subgraphs\/profiles\/store\/(embedded|mongodb)/.test(target)),
      );
    expect(strays.map(({ name }) => name)).toEqual([]);
  });

  it('has no file without an owner, and none that has grown two', () => {
    expect(files.filter(({ name }) => /(^|[/.-])(utils?|helpers?|common|misc|manager|base)\.ts$/.test(name))).toEqual(
      [],
    );
    const long = files.filter(({ text }) => text.split('\n').length > 300).map(({ name }) => name);
    expect(long).toEqual([]);
  });

  it('opens every file with what it does', () => {
    expect(files.filter(({ text }) => !/^\/[/*]/.test(text)).map(({ name }) => name)).toEqual([]);
  });
});
