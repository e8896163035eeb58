/** Progress of a store command: a bar per part on a terminal, elsewhere nothing until a part is through. Writes to standard error. */
import { Presets, SingleBar } from 'cli-progress';
import type { OnProgress } from '../../subgraphs/profiles/transfer/backup';

export function createProgressBar(stream: NodeJS.WriteStream): { onProgress: OnProgress; stop(): void } {
  if (!stream.isTTY) return { onProgress: () => {}, stop: () => {} };
  let bar: SingleBar | undefined;
  let current: string | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    onProgress: ({ what, done, total }) => {
      if (what !== current) {
        stop();
        current = what;
        const format = `${what.padEnd(14)}  {bar}  {percentage} %  {eta_formatted} left`;
        bar = new SingleBar({ format, hideCursor: true, stream }, Presets.shades_classic);
        bar.start(Math.max(total ?? done, 1), 0);
      }
      if (done > (bar?.getTotal() ?? 0)) bar?.setTotal(done);
      bar?.update(done);
    },
    stop,
  };
}
