/** From the front door to the mail: whoever may not be mailed gets none, though the template selects no address and misses nothing. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchAnswer } from '../../../renderer/gateway';
import { createRenderer } from '../../../renderer/render';
import type { Renderer } from '../../../renderer/render';
import { openFrontDoor } from '../front-door';
import type { FrontDoor } from '../front-door';
import { play, TODAY } from './play';
import type { Scenario } from './scenario';
import { scenarios } from './table';

let door: FrontDoor;
let renderer: Renderer;
let folder: string;
beforeAll(async () => {
  door = await openFrontDoor(TODAY);
  folder = await mkdtemp(path.join(tmpdir(), 'facet-rendered-'));
  await cp(path.join(__dirname, '..', '..', '..', 'renderer', 'templates'), folder, { recursive: true });
  await cp(path.join(folder, 'win-back.mjml.liquid'), path.join(folder, 'greeting.mjml.liquid'));
  renderer = await createRenderer({ templatesDir: folder });
});
afterAll(async () => {
  await door.close();
  await rm(folder, { recursive: true });
});

/** How many mails a renderer makes of the template that selects a first name only. */
async function mailsTo(people: readonly Scenario[]): Promise<number> {
  const mails: string[] = [];
  for (const scenario of people) {
    const { id } = await play(door, scenario);
    const answer = await fetchAnswer({ url: door.url, token: 'renderer' }, 'greeting', { id });
    if (answer.send) mails.push(renderer.render('greeting', answer).html);
  }
  return mails.length;
}

const withoutErased = scenarios.filter(({ greeting }) => greeting !== 'ERASED');

it('To people who withdrew, objected, unsubscribed, bounced, are minors or restricted: 0 mails', async () => {
  const refused = withoutErased.filter(({ greeting }) => greeting !== 'SEND');
  expect(refused.length).toBeGreaterThan(20);
  expect(await mailsTo(refused)).toBe(0);
}, 60_000);

it('To people who consented: one each', async () => {
  const sent = withoutErased.filter(({ greeting }) => greeting === 'SEND');
  expect(await mailsTo(sent)).toBe(sent.length);
}, 60_000);
