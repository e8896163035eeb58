/**
 * Rows of a file, one after another, however large it is: CSV after RFC 4180 with a heading, or NDJSON. Must not know what the
 * columns mean.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Columns by name; empty ones are left out. */
export type FileRow = Readonly<Record<string, string>>;

/** `line`: the row's number among the file's rows, the heading included, from 1. Errors: throws for another ending, a row that is no JSON object, a cell that is not closed. */
export async function* readRows(file: string): AsyncGenerator<{ readonly line: number; readonly row: FileRow }> {
  if (file.endsWith('.ndjson')) yield* readNdjson(file);
  else if (file.endsWith('.csv')) yield* readCsv(file);
  else throw new Error(`Expected a file that ends in .csv or .ndjson, but got ${file}.`);
}

async function* readNdjson(file: string) {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    yield { line, row: parseObject(text, line) };
  }
}

function parseObject(text: string, line: number): FileRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`Line ${line}: expected one JSON object.`);
  }
  const cells = Object.entries(value).filter(([, cell]) => cell !== null && cell !== '');
  return Object.fromEntries(cells.map(([name, cell]) => [name, String(cell)]));
}

async function* readCsv(file: string) {
  let heading: readonly string[] | null = null;
  let line = 0;
  for await (const cells of readRecords(file)) {
    line += 1;
    if (heading === null) {
      heading = cells.map((name) => name.trim());
      continue;
    }
    if (cells.length === 1 && cells[0] === '') continue;
    if (cells.length !== heading.length) {
      throw new Error(`Line ${line}: expected ${heading.length} cells, but there are ${cells.length}.`);
    }
    const named = heading.map((name, index) => [name, cells[index] ?? ''] as const);
    yield { line, row: Object.fromEntries(named.filter(([, cell]) => cell !== '')) };
  }
}

/** RFC 4180: cells in quotes may hold commas, line breaks and doubled quotes. */
async function* readRecords(file: string): AsyncGenerator<string[]> {
  let [cells, cell, isQuoted, wasQuote, isFirst]: [string[], string, boolean, boolean, boolean] = [
    [],
    '',
    false,
    false,
    true,
  ];
  for await (const chunk of createReadStream(file, 'utf8')) {
    for (const character of chunk as string) {
      if (isFirst) {
        isFirst = false;
        if (character === '\uFEFF') continue;
      }
      if (isQuoted && !wasQuote) {
        if (character === '"') wasQuote = true;
        else cell += character;
        continue;
      }
      if (wasQuote && character === '"') {
        cell += '"';
        wasQuote = false;
        continue;
      }
      if (wasQuote) [isQuoted, wasQuote] = [false, false];
      if (character === '"' && cell === '') isQuoted = true;
      else if (character === ',') [cells, cell] = [[...cells, cell], ''];
      else if (character === '\n') {
        yield [...cells, cell];
        [cells, cell] = [[], ''];
      } else if (character !== '\r') cell += character;
    }
  }
  if (isQuoted && !wasQuote) throw new Error('Expected the last quoted cell to be closed.');
  if (cell !== '' || cells.length > 0) yield [...cells, cell];
}
