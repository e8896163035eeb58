// Makes a fresh clone ready to run: installs what the lock file names, then compiles to dist/. Does nothing twice:
// a second call with nothing changed takes milliseconds. Plain JavaScript, because it runs before anything is installed.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const SOURCE_FOLDERS = ['schema', 'subgraphs', 'gateway', 'simulator', 'renderer', 'bench', 'deploy'];
/** Files that are read at run time beside the compiled code; scripts only where a page's own lie. */
const ASSETS = /\.(graphql|liquid|mjml|json|html|css)$|[\\/]sandbox[\\/][^\\/]+\.js$/;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Facet needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

install();
build();

function install() {
  const stamp = path.join(root, 'node_modules', '.facet-installed');
  const wanted = digest([path.join(root, 'package.json'), path.join(root, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing packages (once; about a minute) …');
  // `npm install --no-save`, not `npm ci`: ci refuses a lock file written where a registry lacks another platform's binaries.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

function build() {
  const files = SOURCE_FOLDERS.flatMap((folder) => listFiles(path.join(root, folder)));
  const dist = path.join(root, 'dist');
  const stamp = path.join(dist, '.facet-built');
  const wanted = digest([...files, path.join(root, 'tsconfig.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Compiling TypeScript …');
  mkdirSync(dist, { recursive: true });
  rmSync(stamp, { force: true });
  run(process.execPath, [
    path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '--project',
    path.join(root, 'deploy'),
  ]);
  for (const file of files.filter((name) => ASSETS.test(name))) {
    cpSync(file, path.join(dist, path.relative(root, file)));
  }
  writeFileSync(stamp, wanted);
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      // What bench/ installs is large, and walking through it takes longer than all the rest.
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listFiles(file);
      return entry.isFile() ? [file] : [];
    })
    .sort();
}

/** Content, not modification times: a checkout of another branch changes times without changing a file. */
function digest(files) {
  const hash = createHash('sha256').update(process.versions.modules);
  for (const file of files) {
    if (existsSync(file) && statSync(file).isFile()) hash.update(path.relative(root, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function run(command, args) {
  try {
    execFileSync(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
    });
  } catch {
    console.error(`\nset-up failed: ${path.basename(command)} ${args.slice(0, 2).join(' ')}`);
    process.exit(1);
  }
}
