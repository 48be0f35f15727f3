import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LedgerFile, type ReadLine } from './ledger-file.js';

let directory: string;
let path: string;
let file: LedgerFile | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ledger-file-'));
  path = join(directory, 'ledger.jsonl');
});
afterEach(async () => {
  await file?.close();
  file = undefined;
  await rm(directory, { recursive: true });
});

async function open(): Promise<ReadLine[]> {
  await file?.close();
  file = await LedgerFile.open(path, false);
  const lines: ReadLine[] = [];
  for await (const line of file.lines()) lines.push(line);
  return lines;
}

/** Characters of one to four bytes; two lengths are more than is read at once for one line. */
const TEXTS = ['a', 'für', '楽天', '🎉', '', '楽'.repeat(3_000), 'é\n"\\', 'x'.repeat(9_000), 'ß'];

test('a line is read at its place, before and after it is written, and when the file is opened again', async () => {
  await open();
  const added = TEXTS.map((text) => file!.append({ text }));
  const read = () => added.map(({ place }) => file!.read(place));
  const values = TEXTS.map((text) => ({ text }));
  expect(read()).toEqual(values);
  await file!.flushed();
  expect(read()).toEqual(values);
  const lines = await open();
  expect(lines.map(({ place, number }) => [place, number])).toEqual(added.map(({ place }, n) => [place, n + 1]));
  expect(lines.map(({ value }) => value)).toEqual(values);
  expect(read()).toEqual(values);
});

test('a line can be read from when it is added until it is in the file, also during the write', async () => {
  await open();
  const value = { text: '楽'.repeat(1_000_000) };
  const { place, written } = file!.append(value);
  const state = { ended: false };
  const end = written.then(() => {
    state.ended = true;
  });
  let turns = 0;
  for (; !state.ended; turns += 1) {
    expect((file!.read(place) as typeof value).text).toHaveLength(1_000_000);
    await nextTurn();
  }
  await end;
  expect(turns).toBeGreaterThan(1);
});

test('lines are found across the ends of what is read at once', async () => {
  const texts = Array.from({ length: 4_000 }, (_, n) => `${n}:${'楽'.repeat(n % 601)}`);
  await writeFile(path, texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  expect((await stat(path)).size).toBeGreaterThan(3 * 1_048_576);
  const lines = await open();
  expect(lines.map(({ value }) => value)).toEqual(texts.map((text) => ({ text })));
  expect(lines.map(({ place }) => file!.read(place))).toEqual(texts.map((text) => ({ text })));
});

test('an end that was cut off, also within a character, goes; what is added then is found', async () => {
  const whole = `${JSON.stringify({ text: '🎉' })}\n`;
  await writeFile(path, whole);
  await appendFile(path, Buffer.from('{"text":"楽').subarray(0, -1));
  expect(await open()).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(whole);
  const { place, written } = file!.append({ text: 'ß' });
  await written;
  expect(await open()).toMatchObject([{ place: 0 }, { place, value: { text: 'ß' } }]);
});

test('a last line that is whole stays without its end, as an editor leaves it; what is added then is a line of its own', async () => {
  await writeFile(path, '{"text":1}\n{"text":"ß"}');
  expect(await open()).toMatchObject([{ place: 0 }, { place: 11, value: { text: 'ß' }, number: 2 }]);
  const { written } = file!.append({ text: 3 });
  await written;
  expect(await readFile(path, 'utf8')).toBe('{"text":1}\n{"text":"ß"}\n{"text":3}\n');
  expect(await open()).toHaveLength(3);
});

test.each(['not a ledger', '\u0000\u0000', '#!/bin/sh'])(
  'another file, without any end of a line, stays: %j',
  async (text) => {
    await writeFile(path, text);
    await expect(open()).rejects.toMatchObject({ code: 'LEDGER_CORRUPT', message: `Line 1 of ${path} is not JSON.` });
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);

test('says which line is not JSON, and leaves the file as it is', async () => {
  const text = '{"a":"楽"}\n{}\nnot JSON\n{}\ncut o';
  await writeFile(path, text);
  await expect(open()).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
    message: `Line 3 of ${path} is not JSON.`,
  });
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('a line that another program has taken away is not answered', async () => {
  await open();
  const { place, written } = file!.append({ text: 'gone' });
  await written;
  await truncate(path, place + 3);
  expect(() => file!.read(place)).toThrow(expect.objectContaining({ code: 'LEDGER_CORRUPT' }));
});
