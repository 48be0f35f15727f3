import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { watchLines } from './watch-lines.js';

test('lines that a log gets are found, once each, also those of a log that begins later', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-lines-'));
  const [one, two] = [join(folder, 'one.log'), join(folder, 'two.log')];
  await writeFile(one, 'Handling connection\nerror forwarding port 1\nerror forwar');
  const found: string[] = [];
  const files = new Map([
    ['one', one],
    ['two', two],
  ]);
  {
    await using watch = watchLines(files, /error forwarding/u, (name, line) => found.push(`${name}: ${line}`));
    const until = async (count: number): Promise<void> => {
      while (found.length < count) await sleep(10);
    };
    await until(1);
    await appendFile(one, 'ding port 2\n');
    await writeFile(two, 'error forwarding port 3\n');
    await until(3);
    expect(watch).toBeDefined();
  }
  await rm(folder, { recursive: true });
  expect(found).toEqual([
    'one: error forwarding port 1',
    'one: error forwarding port 2',
    'two: error forwarding port 3',
  ]);
});
