/** Which values a subgraph may answer for the scalars that the specification defines (§3.5). Must not coerce: it has done so. */

const MAX_INT = 2 ** 31;

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => Number.isInteger(value) && (value as number) >= -MAX_INT && (value as number) < MAX_INT,
  Float: (value) => typeof value === 'number',
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

export function fitsScalar(name: string): (value: unknown) => boolean {
  const fits = Object.hasOwn(FITS, name) ? FITS[name] : undefined;
  if (fits === undefined) throw new TypeError(`Expected a scalar of the specification, got ${name}.`);
  return fits;
}
