import { createReload, reasonOf } from '../../gateway/reload';

/** A file whose readings end when the test says so. */
function openFile() {
  const readings: Array<{ readonly end: (outcome: string | Error) => void }> = [];
  const told: string[] = [];
  const reload = createReload<string>({
    read: () =>
      new Promise((resolve, reject) => {
        readings.push({ end: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) });
      }),
    replace: (next) => told.push(`serves ${next}`),
    refused: (error) => told.push(`refuses ${(error as Error).message}`),
  });
  return { reload, readings, told };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('A file that changes', () => {
  it('twice while it is read ends on what it holds last, read once more', async () => {
    const { reload, readings, told } = openFile();
    const first = reload();
    await Promise.all([reload(), reload()]);
    readings[0]?.end('the first');
    await soon();
    readings[1]?.end('the last');
    await first;
    expect(told).toEqual(['serves the last']);
    expect(readings).toHaveLength(2);
  });

  it('is read again after it was refused, and a refusal that is old is not told', async () => {
    const { reload, readings, told } = openFile();
    const first = reload();
    await reload();
    readings[0]?.end(new Error('half a file'));
    await soon();
    readings[1]?.end(new Error('no supergraph'));
    await first;
    const second = reload();
    readings[2]?.end('the last');
    await second;
    expect(told).toEqual(['refuses no supergraph', 'serves the last']);
  });
});

test('Why a supergraph is refused is told without addresses, which can hold credentials, and in short', () => {
  const reason = reasonOf(
    new Error(`Expected one, got "https://me:secret@host:1/x?token=y" and z. ${'a'.repeat(1_000)}`),
  );
  expect(reason).toMatch(/^Expected one, got "\(address\)" and z\. a+$/);
  expect(reason).toHaveLength(300);
});
