// The process boundary of `npm run render`: hands argv, environment and streams to run(), and its exit code to the shell.
// Must not decide anything else.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from './command';

/** The nearest folder above with a package.json: the same whether this runs from `renderer/` or from `dist/renderer/`. */
function findProject(folder: string): string {
  const parent = path.dirname(folder);
  return existsSync(path.join(folder, 'package.json')) || parent === folder ? folder : findProject(parent);
}

run(
  process.argv.slice(2),
  // npm changes the working directory to the project and keeps the person's in INIT_CWD.
  { variables: process.env, projectDir: findProject(__dirname), callerDir: process.env['INIT_CWD'] ?? process.cwd() },
  process,
).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // A defect of the renderer. Its stack goes out, its message may hold what was being rendered and does not.
    const stack = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
    console.error(['The renderer failed unexpectedly.', ...stack].join('\n'));
    process.exitCode = 1;
  },
);
