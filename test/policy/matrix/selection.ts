/** Selections of fields below Customer, from paths such as `lastOrder.items.title`: printed, with aliases or without, and read back. */

/** Response key and field of each alias, by the canonical path of the field. */
export type Aliases = ReadonlyMap<string, string>;

interface Node {
  readonly path: string;
  readonly children: Map<string, Node>;
}

const ARGUMENTS: Readonly<Record<string, string>> = { orders: '(first: 1)', tickets: '(first: 1)' };

function treeOf(paths: readonly string[]): Node {
  const root: Node = { path: '', children: new Map() };
  for (const path of paths) {
    let node = root;
    for (const name of path.split('.')) {
      const below = node.children.get(name) ?? {
        path: node.path === '' ? name : `${node.path}.${name}`,
        children: new Map(),
      };
      node.children.set(name, below);
      node = below;
    }
  }
  return root;
}

export function selectionOf(paths: readonly string[], aliases: Aliases = new Map()): string {
  const print = (node: Node): string =>
    [...node.children]
      .map(([name, below]) => {
        const alias = aliases.get(below.path);
        const own = `${alias === undefined ? '' : `${alias}: `}${name}${ARGUMENTS[name] ?? ''}`;
        return below.children.size === 0 ? own : `${own} { ${print(below)} }`;
      })
      .join(' ');
  return print(treeOf(paths));
}

/** Every field named as another beside it, a lone one as an internal field; at most `most` aliases in one selection, so several of them. */
export function misnamed(paths: readonly string[], most: number): Array<{ paths: string[]; aliases: Aliases }> {
  const parts: Array<{ paths: string[]; aliases: Aliases }> = [];
  let part: string[] = [];
  const close = () => {
    if (part.length > 0) parts.push({ paths: part, aliases: aliasesOf(part) });
    part = [];
  };
  for (const path of paths) {
    if (aliasesOf([...part, path]).size > most) close();
    part.push(path);
  }
  close();
  return parts;
}

function aliasesOf(paths: readonly string[]): Aliases {
  const aliases = new Map<string, string>();
  const walk = ({ children }: Node) => {
    const names = [...children.keys()];
    for (const [place, below] of [...children.values()].entries()) {
      aliases.set(below.path, names.length === 1 ? 'access' : (names[(place + 1) % names.length] ?? 'access'));
      walk(below);
    }
  };
  walk(treeOf(paths));
  return aliases;
}

/** The canonical path of a path of response keys; null: not of this selection. */
export function canonical(keys: readonly string[], aliases: Aliases): string {
  let path = '';
  for (const key of keys) {
    const above = path === '' ? '' : `${path}.`;
    const field = [...aliases].find(([of, alias]) => alias === key && parentOf(of) === path)?.[0];
    path = field ?? `${above}${key}`;
  }
  return path;
}

function parentOf(path: string): string {
  return path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
}

/** What an answer holds at a path, lists flattened and nulls in them left out; null: the field, or the one thing it lies in, is null. */
export function valuesAt(customer: unknown, path: string, aliases: Aliases): unknown[] | null {
  let found: unknown[] = [customer];
  let inList = false;
  let at = '';
  for (const name of path.split('.')) {
    at = at === '' ? name : `${at}.${name}`;
    const key = aliases.get(at) ?? name;
    const next = found.map((object) => (object as Record<string, unknown>)[key]);
    if (next.includes(undefined)) throw new Error(`Expected an answer at ${path}, but ${at} is not there.`);
    if (!inList && next[0] === null) return null;
    inList ||= Array.isArray(next[0]);
    found = next.flat().filter((value) => value !== null);
  }
  return found;
}
