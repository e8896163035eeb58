// Mistakes in a template or brand are found when it loads, not in the first mail. Must not use the shipped templates.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRenderer } from '../../renderer/render';
import { readable } from './readable';
import { sendAnswer } from './samples';

describe('A template with a mistake does not load', () => {
  let dir: string;
  const brand = {
    name: 'Shop',
    locale: 'en-GB',
    postalAddress: 'Here',
    shopUrl: 'https://a.example/',
    cartUrl: 'https://a.example/',
    ordersUrl: 'https://a.example/',
    supportUrl: 'https://a.example/',
    unsubscribeUrl: 'https://a.example/',
    settingsUrl: 'https://a.example/',
  };
  const mail = (body: string, title = 'Hello') =>
    `<mjml><mj-head><mj-title>${title}</mj-title></mj-head><mj-body>${body}</mj-body></mjml>`;
  const section = (inside: string) => `<mj-section><mj-column>${inside}</mj-column></mj-section>`;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'facet-templates-'));
    await writeFile(path.join(dir, 'brand.json'), JSON.stringify(brand));
  });
  afterEach(() => rm(dir, { recursive: true }));
  const load = async (source: string) => {
    await writeFile(path.join(dir, 'hello.mjml.liquid'), source);
    return createRenderer({ templatesDir: dir });
  };

  it('loads without one, and says which templates there are when asked for another', async () => {
    const made = await load(mail(section('<mj-text>Hi {{ contact.firstName }}</mj-text>')));
    expect(readable(made.render('hello', sendAnswer({ contact: { firstName: 'Jo' } })).html)).toEqual(['Hi Jo']);
    expect(() => made.render('bye', sendAnswer({}))).toThrow('expected one of the templates hello, got "bye"');
  });

  it.each([
    ['an unknown MJML attribute', mail(section('<mj-text colour="red">x</mj-text>')), /colour is illegal/],
    ['an MJML element in the wrong place', mail('<mj-text>x</mj-text>'), /mj-text cannot be used inside mj-body/],
    ['an unknown filter', mail(section('<mj-text>{{ x | shout }}</mj-text>')), /undefined filter: shout/],
    ['an unclosed tag', mail(section('<mj-text>{% if x %}</mj-text>')), /tag .* not closed/],
    ['a missing include', mail('<mj-include path="./parts/none.mjml" />'), /mj-include names a file that is not there/],
    [
      'personal data in the subject',
      mail(section('<mj-text>x</mj-text>'), 'Hi {{ name }}'),
      /expected one line of plain text, got "Hi/,
    ],
    ['no subject', '<mjml><mj-body></mj-body></mjml>', /expected one line of plain text, got ""/],
  ])('%s', async (_, source, message) => {
    const loading = load(source);
    await expect(loading).rejects.toThrow(/^hello\.mjml\.liquid does not load: /);
    await expect(loading).rejects.toThrow(message);
  });

  it('a brand without what templates need', async () => {
    await writeFile(path.join(dir, 'brand.json'), JSON.stringify({ ...brand, cartUrl: 'javascript:x' }));
    await expect(load(mail(section('<mj-text>x</mj-text>')))).rejects.toThrow(
      /^brand\.json does not load: [\s\S]*cartUrl/,
    );
  });
});
