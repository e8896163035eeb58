/** Who waits for an answer, and who is told when they go away. */
import { createReader } from '../../gateway/execute/reader';

test('A reader who goes away is told to everybody who still listens, once', () => {
  const reader = createReader();
  const told: string[] = [];
  const [first, second, third] = ['first', 'second', 'third'].map((name) => () => void told.push(name));
  for (const each of [first, second, third]) reader.whenGone(each as () => void);
  reader.forget(second as () => void);
  expect(reader.isGone).toBe(false);
  reader.leave();
  reader.leave();
  expect(told).toEqual(['first', 'third']);
  expect(reader.isGone).toBe(true);
});
