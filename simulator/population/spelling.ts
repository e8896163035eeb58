/**
 * The ways one name, number or address is written differently in two systems. Pure; it must not choose whose record gets
 * which spelling.
 */
import type { Random } from './random';
import type { Place } from './places';

const UMLAUTS: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ß: 'ss' };

/** Müller → Mueller, Weiß → Weiss. */
export const withoutUmlauts = (text: string): string => text.replace(/[äöüÄÖÜß]/g, (letter) => UMLAUTS[letter]!);

/** Renée → Renee, Müller → Muller: letters without their marks. */
export const withoutMarks = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/ß/g, 'ss').replace(/ı/g, 'i');

/** One of the ways a form or an import spoils a name; never the name itself. */
export function misspell(options: { name: string; random: Random }): string {
  const { name, random } = options;
  const ways = [
    name.toUpperCase(),
    name.toLowerCase(),
    `${name} `,
    ` ${name}`,
    withoutUmlauts(name),
    withoutMarks(name),
    // The same letters in another Unicode form: equal to the eye, unequal to ===.
    name.normalize('NFD'),
  ].filter((way) => way !== name);
  return random.pick(ways);
}

/** A telephone number in E.164, in the place's fictional range. */
export function phoneE164(options: { place: Place; random: Random }): string {
  const [country, , start] = options.place.phone;
  return `+${country}${start}${String(options.random.between(0, 999)).padStart(3, '0')}`;
}

/** The same number as people type it: national, international, with brackets, dots, blanks, an extension. */
export function typePhone(options: { e164: string; place: Place; random: Random }): string {
  const { e164, place, random } = options;
  const [country, prefix] = place.phone;
  const national = e164.slice(1 + country.length);
  const head = national.slice(0, 3);
  const tail = national.slice(3);
  // An American "1" in front is not a trunk prefix one would bracket.
  const trunk = prefix === '1' ? '' : prefix;
  return random.pick([
    e164,
    `00${country} ${head} ${tail}`,
    `+${country} (${trunk})${head}/${tail}`,
    `${trunk}${head} ${tail}`,
    `${trunk}${head}-${tail.slice(0, 3)}.${tail.slice(3)}`,
    `+${country} ${head} ${tail} ext. 12`,
  ]);
}
