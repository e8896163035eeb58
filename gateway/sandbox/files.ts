/**
 * The files the sandbox's page is made of: its own, beside this one, and browser bundles of installed packages. A name is looked up in
 * the list, never joined to a path, so that no request reaches another file. Must not look at the request.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface SandboxFile {
  readonly contentType: string;
  /** Quoted, of the content. */
  readonly etag: string;
  readonly text: string;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLES = 'text/css; charset=utf-8';

const FILES: ReadonlyMap<string, { readonly contentType: string; readonly locate: () => string }> = new Map([
  ['page.html', own('page.html', 'text/html; charset=utf-8')],
  ['page.css', own('page.css', STYLES)],
  ['page.js', own('page.js', SCRIPT)],
  ['react.js', packaged('react/package.json', 'umd/react.production.min.js', SCRIPT)],
  ['react-dom.js', packaged('react-dom/package.json', 'umd/react-dom.production.min.js', SCRIPT)],
  ['graphiql.js', packaged('graphiql/package.json', 'graphiql.min.js', SCRIPT)],
  ['graphiql.css', packaged('graphiql/package.json', 'graphiql.min.css', STYLES)],
  // Its package.json is not exported; its main file lies in dist/.
  ['graphql-ws.js', packaged('graphql-ws', '../umd/graphql-ws.min.js', SCRIPT)],
]);

/** Read on the first call, then kept: nobody who does not open the page pays for it. */
const read = new Map<string, Promise<SandboxFile>>();

/** null: not in the list. */
export async function readSandboxFile(name: string): Promise<SandboxFile | null> {
  const entry = FILES.get(name);
  if (entry === undefined) return null;
  const known = read.get(name) ?? load(entry);
  read.set(name, known);
  return known;
}

async function load({ contentType, locate }: { contentType: string; locate: () => string }): Promise<SandboxFile> {
  const text = await readFile(locate(), 'utf8');
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return { contentType, etag, text };
}

function own(name: string, contentType: string) {
  return { contentType, locate: () => path.join(__dirname, name) };
}

/** `anchor` is what the package lets be resolved; `file` lies relative to the anchor's folder. */
function packaged(anchor: string, file: string, contentType: string) {
  return { contentType, locate: () => path.join(path.dirname(require.resolve(anchor)), file) };
}
