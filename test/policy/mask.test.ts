/**
 * Masks. They are deterministic, hide the length of what they mask, differ from it unless it is a mask already, and keep no
 * run of four characters of a local part, domain label, subscriber number or street.
 */
import fc from 'fast-check';
import { MASKS, maskValue } from '../../schema/mask';
import type { MaskKind } from '../../schema/mask';

const KEY = 'key of the tests';
const mask = (kind: MaskKind | undefined, value: unknown) => maskValue(kind, value, KEY);

const letters = [...'abcdefghijklmnopqrstuvwxyzäöüßéøñ0123456789'];
const labelCharacter = fc.constantFrom(...letters);
const word = (minLength: number, maxLength: number) =>
  fc.array(labelCharacter, { minLength, maxLength }).map((characters) => characters.join(''));
const topLevel = fc.constantFrom('com', 'de', 'uk', 'org', 'travel', 'photography', 'xn--p1ai');
const email = fc
  .record({ local: word(1, 40), labels: fc.array(word(1, 30), { minLength: 1, maxLength: 3 }), topLevel })
  .map((parts) => ({ ...parts, text: `${parts.local}@${[...parts.labels, parts.topLevel].join('.')}` }));
const phone = fc
  .record({
    callingCode: fc.constantFrom('1', '44', '49', '353', '81'),
    subscriber: fc.stringMatching(/^[1-9][0-9]{6,10}$/),
    spaced: fc.boolean(),
  })
  .map(({ callingCode, subscriber, spaced }) => ({
    callingCode,
    subscriber,
    text: `+${callingCode}${spaced ? ' ' : ''}${spaced ? subscriber.replaceAll(/(..)/g, '$1 ').trim() : subscriber}`,
  }));
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const postcode = fc.stringMatching(/^[A-Z0-9]{2,5}[ -]?[A-Z0-9]{0,5}$/);
const birthDate = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const amount = fc.maxSafeInteger();

/** Every run of four characters of a text. */
function runsOfFour(text: string): string[] {
  const characters = [...text];
  return characters.slice(0, Math.max(0, characters.length - 3)).map((_, at) => characters.slice(at, at + 4).join(''));
}

describe('By example', () => {
  it.each<[MaskKind | undefined, unknown, unknown]>([
    ['EMAIL', 'jane@example.com', 'j***@e***.com'],
    ['EMAIL', 'j@e.com', 'j***@e***.com'],
    ['EMAIL', 'maximiliane.von.und.zu@mail.shop.example.co.uk', 'm***@m***.uk'],
    ['EMAIL', 'anna@gallery.photography', 'a***@g***.***'],
    ['EMAIL', 'ünal@exämple.de', 'ü***@e***.de'],
    ['EMAIL', '"a@b"@example.com', '"***@e***.com'],
    ['EMAIL', 'root@localhost', 'r***@l***'],
    ['EMAIL', 'no address', '***'],
    ['EMAIL', '@example.com', '***'],
    ['EMAIL', 'j***@e***.com', 'j***@e***.com'],
    ['PHONE', '+49 30 1234578', '+49 ******* 78'],
    ['PHONE', '+493012345678', '+49 ******* 78'],
    ['PHONE', '+14155550123', '+1 ******* 23'],
    ['PHONE', '030 1234578', '******* 78'],
    ['PHONE', '110', '*******'],
    ['PHONE', 'call me', '*******'],
    ['PHONE', '+49 ******* 78', '+49 ******* 78'],
    ['NAME', 'Jane', 'J.'],
    ['NAME', 'J', 'J.'],
    ['NAME', 'J.', 'J.'],
    ['NAME', 'Øystein', 'Ø.'],
    ['NAME', '𠮷田', '𠮷.'],
    ['POSTCODE', '10115', '10***'],
    ['POSTCODE', 'SW1A 1AA', 'SW***'],
    ['POSTCODE', '101', '***'],
    ['POSTCODE', '10***', '10***'],
    ['BIRTH_DATE', '1988-07-12', '1985-01-01'],
    ['BIRTH_DATE', '1989-12-31', '1985-01-01'],
    ['BIRTH_DATE', '1990-01-01', '1990-01-01'],
    ['BIRTH_DATE', '12 July 1988', null],
    ['MONEY', 0, 0],
    ['MONEY', 1, 1],
    ['MONEY', 1999, 1000],
    ['MONEY', 2000, 2000],
    ['MONEY', 4999, 2000],
    ['MONEY', 2_500_000_000, 2_000_000_000],
    ['MONEY', -1500, -2000],
    ['MONEY', Number.MAX_SAFE_INTEGER, 5_000_000_000_000_000],
    ['MONEY', Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    ['MONEY', Number.NaN, 0],
    ['MONEY', '1999', null],
    ['COARSE', 'DE', 'DE'],
    [undefined, 'Torstraße 12, second floor', null],
    ['NAME', 12, null],
    ['NAME', '', null],
    ['NAME', { toString: () => 'Jane' }, null],
    ['HASH', 4711, null],
    ['NAME', ['Jane', null, 'Bo'], ['J.', null, 'B.']],
    [undefined, ['Jane'], null],
  ])('%s of %j is %j', (kind, value, expected) => {
    expect(mask(kind, value)).toEqual(expected);
  });

  it('nothing stays nothing, for every kind', () => {
    expect(MASKS.flatMap((kind) => [mask(kind, null), mask(kind, undefined)])).toEqual(
      MASKS.flatMap(() => [null, null]),
    );
  });
});

describe('Every mask', () => {
  const values: ReadonlyArray<[MaskKind, fc.Arbitrary<unknown>]> = [
    ['EMAIL', email.map(({ text }) => text)],
    ['PHONE', phone.map(({ text }) => text)],
    ['NAME', name],
    ['POSTCODE', postcode],
    ['BIRTH_DATE', birthDate],
    ['MONEY', amount],
    ['HASH', fc.string()],
    ['COARSE', fc.string()],
  ];

  it.each(values)('%s is deterministic', (kind, value) => {
    fc.assert(
      fc.property(value, (one) => {
        expect(mask(kind, one)).toEqual(mask(kind, one));
      }),
    );
  });

  it.each(values.filter(([kind]) => kind !== 'HASH' && kind !== 'COARSE'))(
    '%s differs from what it masks, unless that is a mask already: masking again changes nothing',
    (kind, value) => {
      fc.assert(
        fc.property(value, (one) => {
          const masked = mask(kind, one);
          // What came out is a mask; so equality is allowed exactly where masking was a fixed point.
          expect(mask(kind, masked)).toEqual(masked);
        }),
      );
    },
  );

  it.each<[MaskKind, fc.Arbitrary<string>]>([
    ['EMAIL', email.map(({ text }) => text)],
    ['PHONE', phone.map(({ text }) => text)],
    ['NAME', name.filter((text) => !/^.\.$/u.test(text))],
    ['POSTCODE', postcode],
    ['HASH', fc.string({ minLength: 1 })],
  ])('%s of what is no mask is never the value itself', (kind, value) => {
    fc.assert(
      fc.property(value, (one) => {
        expect(mask(kind, one)).not.toBe(one);
      }),
    );
  });

  it('answers a value or null for whatever comes, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MASKS), fc.anything(), (kind, value) => {
        const masked = mask(kind, value);
        if (kind !== 'COARSE' && !Array.isArray(value)) {
          expect(masked === null || ['string', 'number'].includes(typeof masked)).toBe(true);
        }
      }),
    );
  });
});

describe('Length', () => {
  it('of an e-mail address does not show: local parts and labels of any length mask alike', () => {
    fc.assert(
      fc.property(
        labelCharacter,
        labelCharacter,
        word(0, 40),
        word(0, 40),
        topLevel,
        (first, label, one, other, top) => {
          expect(mask('EMAIL', `${first}${one}@${label}${other}.${top}`)).toBe(
            mask('EMAIL', `${first}@${label}.${top}`),
          );
        },
      ),
    );
  });

  it('of a top-level domain that is a word does not show', () => {
    expect(new Set(['info', 'travel', 'photography'].map((top) => mask('EMAIL', `a@b.${top}`)))).toEqual(
      new Set(['a***@b***.***']),
    );
  });

  it('of a phone number does not show', () => {
    expect(
      new Set(
        ['+49301234578', '+493012345678', '+4930123456778', '+49 (30) 12 34 5-78'].map((one) => mask('PHONE', one)),
      ),
    ).toEqual(new Set(['+49 ******* 78']));
  });

  it('of a name does not show', () => {
    fc.assert(
      fc.property(word(0, 60), (rest) => {
        expect(mask('NAME', `J${rest}`)).toBe('J.');
      }),
    );
  });

  it('of a postcode does not show', () => {
    fc.assert(
      fc.property(word(2, 8), (rest) => {
        expect(mask('POSTCODE', `10${rest}`)).toBe('10***');
      }),
    );
  });

  it('of a hashed id does not show', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200 }), (id) => {
        expect(mask('HASH', id)).toMatch(/^[\w-]{22}$/);
      }),
    );
  });
});

describe('No run of four characters is kept', () => {
  it('of the local part or a domain label', () => {
    fc.assert(
      fc.property(email, ({ text, local, labels, topLevel: top }) => {
        const masked = String(mask('EMAIL', text));
        const kept = [local, ...labels, top].flatMap(runsOfFour).filter((run) => masked.includes(run));
        expect(kept).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('of the subscriber number', () => {
    fc.assert(
      fc.property(phone, ({ text, callingCode, subscriber }) => {
        const masked = String(mask('PHONE', text));
        expect(masked.replaceAll(/\D/g, '')).toBe(`${callingCode}${subscriber.slice(-2)}`);
      }),
      { numRuns: 500 },
    );
  });

  it('of a name or postcode', () => {
    fc.assert(
      fc.property(word(4, 40), (text) => {
        const masked = [mask('NAME', text), mask('POSTCODE', text)].map(String);
        expect(runsOfFour(text).filter((run) => masked.some((one) => one.includes(run)))).toEqual([]);
      }),
    );
  });

  it('of a street: free text has no mask, and is dropped', () => {
    fc.assert(
      fc.property(fc.string(), (street) => {
        expect(mask(undefined, street)).toBeNull();
      }),
    );
  });
});

describe('Bands', () => {
  it('of birth dates are five years wide and begin before the date', () => {
    fc.assert(
      fc.property(birthDate, (date) => {
        const band = String(mask('BIRTH_DATE', date));
        expect(band).toMatch(/^\d{3}[05]-01-01$/);
        expect(band <= date).toBe(true);
        expect(Number(date.slice(0, 4)) - Number(band.slice(0, 4))).toBeLessThan(5);
      }),
    );
  });

  it('of money begin with 1, 2 or 5, and at or below the amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5e15, max: 5e15 }), (value) => {
        const band = mask('MONEY', value) as number;
        expect(String(Math.abs(band))).toMatch(/^(0|[125]0*)$/);
        expect(band).toBeLessThanOrEqual(value);
        // A band is at most two and a half times as wide as it begins, so it still tells a size.
        expect(Math.abs(value)).toBeLessThanOrEqual(Math.abs(band) * 2.5);
      }),
    );
  });

  it('of money are whole numbers that GraphQL can answer', () => {
    fc.assert(
      fc.property(amount, (value) => {
        expect(Number.isSafeInteger(mask('MONEY', value))).toBe(true);
      }),
    );
  });
});

describe('Hashes', () => {
  it('are the same for the same id, so that records can still be joined', () => {
    expect(mask('HASH', 'contact-1')).toBe(mask('HASH', 'contact-1'));
  });

  it('differ by id and by key', () => {
    expect(
      new Set([mask('HASH', 'contact-1'), mask('HASH', 'contact-2'), maskValue('HASH', 'contact-1', 'another key')])
        .size,
    ).toBe(3);
  });
});
