// The circuit: an upstream that is down is left alone, and probed by one call.
import { createCircuit } from '../../schema/circuit';
import { failureOf, startBench, type Bench } from './bench';
import { reply } from './vendor-double';

describe('The circuit of an upstream', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const OPEN = {
    code: 'UPSTREAM_UNAVAILABLE',
    message: 'Acme, things read: not asked, since it failed too often just now',
  };
  const down = () => (bench.double.script = (_asked, response) => reply(response, 500, {}));
  const up = () => (bench.double.script = (_asked, response) => reply(response, 200, { ok: true }));

  /** Twenty attempts, all failed: five reads of four attempts. The jitter is nought so that they lie in one window. */
  async function open() {
    const upstream = bench.createUpstream({ random: () => 0 });
    down();
    for (let read = 0; read < 5; read += 1) await failureOf(bench.read(upstream));
    bench.double.asked.length = 0;
    return upstream;
  }

  it('opens when half of twenty calls failed, and then asks nothing', async () => {
    const upstream = await open();
    up();
    await expect(failureOf(bench.read(upstream))).resolves.toEqual(OPEN);
    expect(bench.double.asked).toEqual([]);
  });

  it('closes when the probe after five seconds succeeds', async () => {
    const upstream = await open();
    up();
    bench.clock.advance(5_000);
    await expect(bench.read(upstream)).resolves.toEqual({ ok: true });
    await expect(bench.read(upstream)).resolves.toEqual({ ok: true });
  });

  it('stays open for five more seconds when the probe fails', async () => {
    const upstream = await open();
    bench.clock.advance(5_000);
    await expect(failureOf(bench.read(upstream))).resolves.toEqual(OPEN);
    expect(bench.double.asked).toHaveLength(1);
    bench.clock.advance(4_999);
    await expect(failureOf(bench.read(upstream))).resolves.toEqual(OPEN);
    expect(bench.double.asked).toHaveLength(1);
  });

  it('lets one call probe, and no second beside it', async () => {
    const upstream = await open();
    bench.clock.advance(5_000);
    const answers: Array<() => void> = [];
    let arrived = (): void => undefined;
    const probing = new Promise<void>((resolve) => (arrived = resolve));
    bench.double.script = (_asked, response) => {
      answers.push(() => reply(response, 200, { ok: true }));
      arrived();
    };
    const probe = bench.read(upstream);
    await probing;
    await expect(failureOf(bench.read(upstream))).resolves.toEqual(OPEN);
    answers[0]?.();
    await expect(probe).resolves.toEqual({ ok: true });
  });

  it('does not count refusals, bad shapes and throttling: the upstream is up', async () => {
    const upstream = bench.createUpstream({ random: () => 0 });
    bench.double.script = (_asked, response) => reply(response, 400, {});
    for (let read = 0; read < 25; read += 1) await failureOf(bench.read(upstream));
    bench.double.script = (_asked, response) => reply(response, 200, '<html>');
    for (let read = 0; read < 25; read += 1) await failureOf(bench.read(upstream));
    bench.double.script = (_asked, response) => reply(response, 429, {}, { 'retry-after': '999' });
    for (let read = 0; read < 25; read += 1) await failureOf(bench.read(upstream));
    up();
    await expect(bench.read(upstream)).resolves.toEqual({ ok: true });
  });

  describe('counts', () => {
    let at = 0;
    const settle = (
      circuit: ReturnType<typeof createCircuit>,
      outcome: 'success' | 'failure' | 'unknown',
      times: number,
    ) => {
      for (let call = 0; call < times; call += 1) circuit.admit()?.(outcome);
    };
    const fresh = () => createCircuit({ now: () => at });
    beforeEach(() => void (at = 0));

    it('nothing below twenty calls', () => {
      const circuit = fresh();
      settle(circuit, 'failure', 19);
      expect(circuit.admit()).not.toBeNull();
    });

    it('less than half as good', () => {
      const circuit = fresh();
      settle(circuit, 'success', 11);
      settle(circuit, 'failure', 10);
      expect(circuit.admit()).not.toBeNull();
      settle(circuit, 'failure', 1);
      expect(circuit.admit()).toBeNull();
    });

    it('only the last ten seconds', () => {
      const circuit = fresh();
      settle(circuit, 'failure', 19);
      at = 10_000;
      settle(circuit, 'failure', 1);
      expect(circuit.admit()).not.toBeNull();
    });

    it('a probe whose caller went away as none: the next one probes', () => {
      const circuit = fresh();
      settle(circuit, 'failure', 20);
      at = 5_000;
      circuit.admit()?.('unknown');
      expect(circuit.admit()).not.toBeNull();
      expect(circuit.admit()).toBeNull();
    });

    it('no late word of a call that began before it opened', () => {
      const circuit = fresh();
      const late = circuit.admit();
      settle(circuit, 'failure', 20);
      late?.('success');
      expect(circuit.admit()).toBeNull();
    });
  });
});
