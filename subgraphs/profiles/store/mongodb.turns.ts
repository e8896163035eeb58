/**
 * Commits of this process that write the same documents, one after another: side by side the engine would refuse one of two, and both would
 * be tried again. Between processes the engine decides. Must not know what a commit means to the store.
 */
import type { Commit } from './store';

export function createTurns(): <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (keys, work) => {
    // All keys are taken at once, so that no two wait for each other.
    const before = keys.flatMap((key) => last.get(key) ?? []);
    const done = Promise.allSettled(before).then(work);
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) last.set(key, settled);
    void settled.then(() => {
      for (const key of keys) if (last.get(key) === settled) last.delete(key);
    });
    return done;
  };
}

/** What a commit writes that another may write too. */
export function contendedKeys(commit: Commit): string[] {
  const identities = [...(commit.expectIdentities ?? []), ...(commit.link ?? []), ...(commit.unlink ?? [])];
  const keys = [
    ...(commit.profiles ?? []).map(({ id }) => `customer ${id}`),
    ...[...(commit.expect ?? []), ...(commit.records ?? []), ...(commit.consentEvents ?? [])].map(
      ({ customerId }) => `customer ${customerId}`,
    ),
    ...identities.map(({ namespace, key }) => `identity ${namespace} ${key}`),
    ...[...(commit.suppress ?? []), ...(commit.unsuppress ?? [])].map(({ addressKey }) => `address ${addressKey}`),
    ...(commit.audit ?? []).map(({ chainId }) => `chain ${chainId}`),
    ...(commit.checkpoints ?? []).map(({ name }) => `checkpoint ${name}`),
    ...[...(commit.received ?? []), ...(commit.applied ?? [])].map(
      ({ source, eventId }) => `event ${source} ${eventId}`,
    ),
  ];
  return [...new Set(keys)];
}
