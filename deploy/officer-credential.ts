/**
 * The privacy officer who calls a command on files: in development the demo officer; in production whose token or API key comes on standard input,
 * so that no list of processes shows it. Must not decide whether the officer may.
 */
import { text } from 'node:stream/consumers';
import type { Config } from '../gateway/config';
import { createLogger } from '../gateway/log';
import { openPrincipals } from '../gateway/principals';
import type { Principal } from '../schema/request-policy';

/** Errors: UNAUTHENTICATED, KEYS_UNAVAILABLE. */
export async function authenticateOfficer(options: {
  readonly config: Config;
  readonly dataDir: string;
  readonly streams: Pick<NodeJS.Process, 'stdin' | 'stderr'>;
}): Promise<Principal> {
  const { config, dataDir, streams } = options;
  const log = createLogger({ level: 'error', destination: streams.stderr });
  const principals = await openPrincipals({ config, dataDir, log, now: Date.now });
  try {
    const credential = principals.development?.credentials.privacyOfficer ?? (await text(streams.stdin)).trim();
    return await principals.authenticate(`Bearer ${credential}`);
  } finally {
    await principals.close();
  }
}
