// From a template and a customer's fields to a finished e-mail. MJML is compiled once per template, into HTML in which the
// Liquid still stands; Liquid alone runs per customer. So ten thousand mails cost ten thousand Liquid runs and two MJML runs.
// Must not fetch, log or read the environment; must not let data decide anything but the text of the mail.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Liquid, type Template } from 'liquidjs';
import mjml2html, { type MjmlNode } from 'mjml';
import { z } from 'zod';
import type { SendAnswer } from './answer';
import { registerFilters } from './filters';

/** A template that does not load. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export interface Email {
  readonly subject: string;
  readonly html: string;
}
export interface Renderer {
  /** Names in alphabetical order, e.g. `['abandoned-cart', 'order-follow-up', 'win-back']`. */
  templates(): string[];
  /** *Errors*: TemplateError when there is no template of that name. */
  render(template: string, answer: SendAnswer): Email;
}

const SUFFIX = '.mjml.liquid';
const webAddress = z.url({ protocol: /^https?$/ });
/** `brand.json`: what a shop changes to make the templates its own, beside the look in `parts/brand.mjml`. */
const brandSchema = z.strictObject({
  name: z.string(),
  /** Language of the templates and the country whose notation counts when the customer's is not known, e.g. `en-GB`. */
  locale: z.string().regex(/^[a-z]{2}-[A-Z]{2}$/),
  shopUrl: webAddress,
  cartUrl: webAddress,
  ordersUrl: webAddress,
  supportUrl: webAddress,
  unsubscribeUrl: webAddress,
  settingsUrl: webAddress,
  postalAddress: z.string(),
});

/**
 * Loads and checks every `<template>.mjml.liquid` of the folder; `brand.json` beside them is the global `brand`. The subject is the template's `mj-title`, the preheader its `mj-preview`.
 * *Errors*: TemplateError naming the file, with all findings of MJML's strict validation, or the Liquid error.
 */
export async function createRenderer(options: { templatesDir: string }): Promise<Renderer> {
  const { templatesDir } = options;
  const brand = await loadBrand(path.join(templatesDir, 'brand.json'));
  const liquid = new Liquid({ outputEscape: 'escape', strictFilters: true, ownPropertyOnly: true });
  registerFilters(liquid);

  const loaded = new Map<string, { subject: string; body: Template[] }>();
  for (const file of (await readdir(templatesDir)).filter((name) => name.endsWith(SUFFIX)).sort()) {
    try {
      loaded.set(file.slice(0, -SUFFIX.length), await loadTemplate(liquid, path.join(templatesDir, file)));
    } catch (error) {
      throw new TemplateError(`${file} does not load: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    templates: () => [...loaded.keys()],
    render(template, answer) {
      const found = loaded.get(template);
      if (found === undefined) {
        throw new TemplateError(`expected one of the templates ${[...loaded.keys()].join(', ')}, got "${template}"`);
      }
      const globals = { brand, locale: localeFor(answer.fields['address'], brand.locale) };
      const html = liquid.renderSync(found.body, answer.fields, { globals }) as string;
      return { subject: found.subject, html };
    },
  };
}

async function loadBrand(file: string): Promise<z.infer<typeof brandSchema>> {
  try {
    return brandSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new TemplateError(`brand.json does not load: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function loadTemplate(liquid: Liquid, file: string): Promise<{ subject: string; body: Template[] }> {
  const { html, json } = await mjml2html(await readFile(file, 'utf8'), {
    filePath: file, // includes are read from below this file's folder only
    ignoreIncludes: false,
    keepComments: false, // they are for who writes templates, not for who receives mails
    fonts: {}, // MJML's own list loads from a third party, which would tell it who opens which mail
    validationLevel: 'strict',
  });
  // The strict validation lets a refused include pass, and the mail would lack a part.
  if (/<!-- mj-include (denied|fails)/.test(html)) throw new Error('an mj-include names a file that is not there');
  const subject = findContent(json, 'mj-title').trim();
  // A subject stands on lock screens and in logs of senders: it is the same for everybody and plain text.
  if (!/^[^{}<>&\r\n]+$/.test(subject)) {
    throw new Error(`mj-title is the subject: expected one line of plain text, got "${subject}"`);
  }
  return { subject, body: liquid.parse(html) };
}

function findContent(node: MjmlNode, tagName: string): string {
  if (node.tagName === tagName) return node.content ?? '';
  return (node.children ?? []).map((child) => findContent(child, tagName)).join('');
}

/** `en-DE` for an address in Germany, so that a German reads `12 March 2026` and an American `March 12, 2026`. */
function localeFor(address: unknown, fallback: string): string {
  const country = typeof address === 'object' && address !== null && 'country' in address ? address.country : null;
  return typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? `${fallback.slice(0, 2)}-${country}` : fallback;
}
