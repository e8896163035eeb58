// The Liquid filters of e-mail templates: money, date, url. Each answers null for what it cannot show, which Liquid prints
// as nothing and takes for false, so a template asks `{% if %}` of the filtered value and never of the raw one.
// Must not mark anything as safe HTML: what a filter answers is escaped like every other output.
import type { Liquid } from 'liquidjs';
import { formatMoney } from './money';

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Registers the filters; they read the reader's locale (BCP 47, e.g. `en-DE`) from the render's global `locale`. */
export function registerFilters(liquid: Liquid): void {
  liquid.registerFilter('money', function (value: unknown) {
    return formatMoney(value, localeOf(this.context.globals));
  });
  liquid.registerFilter('date', function (value: unknown) {
    return formatDate(value, localeOf(this.context.globals));
  });
  liquid.registerFilter('url', parseWebAddress);
}

/** `2026-03-12T09:30:00Z` → `12 March 2026`, in UTC: the customer's time zone is not known, and times are stored in UTC. */
export function formatDate(value: unknown, locale: string): string | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(value)) return null;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return null;
  let format = dateFormats.get(locale);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
    dateFormats.set(locale, format);
  }
  return format.format(date);
}

/** The address when it is absolute http or https, else null: `javascript:`, `data:` and relative ones never reach a mail. */
export function parseWebAddress(value: unknown): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  const url = new URL(value);
  // `href` and not the text as it came: the parser has dropped the line breaks and tabs that mail programs stumble over.
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
}

function localeOf(globals: object): string {
  const locale = (globals as { locale?: unknown }).locale;
  return typeof locale === 'string' ? locale : 'en';
}
