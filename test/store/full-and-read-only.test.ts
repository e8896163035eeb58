/** A disk that takes no more, or nothing at all: coded errors, nothing lost, and it goes on when there is room again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const CHILD = path.join(__dirname, 'embedded.child.cjs');

/** In a mount namespace of its own, which ends with the process. */
function onDiskOf(size: string, script: string, folder: string) {
  const mount = `mount -t tmpfs -o size=${size} tmpfs "$DISK" && ${script}`;
  return spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', mount], {
    encoding: 'utf8',
    env: { ...process.env, DISK: folder, NODE: process.execPath, CHILD },
  });
}

const canMount = process.platform === 'linux' && onDiskOf('1m', 'true', tmpdir()).status === 0;
if (!canMount)
  process.stderr.write('Skipped: tests on a full and on a read-only disk, which need Linux and unshare.\n');
const onDisk = canMount ? it : it.skip;
const onPosix = process.platform === 'win32' ? it.skip : it;

describe('The embedded store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'facet-disk-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  onDisk('on a full disk refuses a commit with STORE_FULL, loses nothing, and commits again when there is room', () => {
    const script = 'head -c 1000000 /dev/zero > "$DISK/ballast" && "$NODE" "$CHILD" fill "$DISK/store" "$DISK/ballast"';
    const { stdout, status } = onDiskOf('4m', `${script} && "$NODE" "$CHILD" open "$DISK/store"`, folder);
    const [line = '', reopened] = stdout.trim().split('\n');
    const report = JSON.parse(line) as Record<string, unknown>;
    const refused = Number(report.refused);
    expect(refused).toBeGreaterThan(2);
    // 0: no promise of the engine was left to reject unseen.
    expect({ report, status, reopened }).toEqual({
      report: {
        refused,
        code: 'STORE_FULL',
        message: 'Expected to commit to the profile store; the engine said: No space left on device.',
        ...{ left: refused - 1, whole: refused - 1 },
        again: 'STORE_FULL',
        then: 'COMMITTED',
      },
      status: 0,
      reopened: 'OK',
    });
  });

  onDisk('that cannot be made on a full disk is refused, and made when there is room', () => {
    const open = '"$NODE" "$CHILD" open "$DISK/store"';
    const { stdout } = onDiskOf('16k', `${open}; mount -o remount,size=1m "$DISK" && ${open}`, folder);
    expect(stdout).toBe('STORE_FULL\nOK\n');
  });

  onDisk(
    'on a read-only disk is refused to who writes, and read by who reads; where there is none, none is made',
    () => {
      const node = '"$NODE" "$CHILD"';
      const readOnly = `mount -o remount,ro "$DISK"; ${node} open "$DISK/store"; ${node} read "$DISK/store"; ${node} open "$DISK/new/store"`;
      const { stdout } = onDiskOf('4m', `${node} open "$DISK/store"; ${readOnly}`, folder);
      expect(stdout).toBe('OK\nSTORE_READ_ONLY\n{"profiles":0,"commit":"STORE_READ_ONLY"}\nSTORE_READ_ONLY\n');
    },
  );

  onPosix('over the largest file that is allowed refuses the commit, and keeps what was committed before', () => {
    // 4,000 blocks, of 512 or 1,024 bytes: writing beyond fails in part, then with EFBIG.
    const { stdout, status } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 4000 && exec "$0" "$@"', process.execPath, CHILD, 'fill', path.join(folder, 'store')],
      { encoding: 'utf8', timeout: 30_000 },
    );
    const report = JSON.parse(stdout) as Record<string, unknown>;
    const refused = Number(report.refused);
    expect({ report, status }).toEqual({
      report: {
        ...{ refused, code: expect.stringMatching(/^STORE_(FULL|UNAVAILABLE)$/), message: expect.any(String) },
        ...{ left: refused - 1, whole: refused - 1 },
        ...{ again: expect.stringMatching(/^STORE_/), then: expect.stringMatching(/^STORE_/) },
      },
      status: 0,
    });
    expect(report.message).toMatch(/; the engine said: (File too large|Input\/output error)\.$/);
  });
});
