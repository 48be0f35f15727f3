import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CredentialReads } from '@outrider/connections';
import { parseApiKeys } from './api-keys.js';
import { WatchedFile } from './watched-file.js';

let directory: string;
const logged: string[] = [];
const log = { info: (_: object, message: string) => logged.push(`info ${message}`) };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-watched-'));
  logged.length = 0;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('has the value of the file, also when a mounted secret is replaced as a whole folder', async () => {
  // as Kubernetes does it: the file is a link into a linked folder, and the folder's link is replaced
  const release = async (name: string, text: string): Promise<void> => {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, 'value'), text);
    await symlink(name, join(directory, '..next'));
    await rename(join(directory, '..next'), join(directory, '..data'));
  };
  await release('..1', 'one');
  await symlink('..data/value', join(directory, 'value'));
  const file = new WatchedFile(join(directory, 'value'), (text) => text, log);
  expect(file.value).toBe('one');
  await release('..2', 'two');
  await file.look();
  expect(file.value).toBe('two');
  await file.look();
  expect(logged).toEqual(['info a file has changed and was read again']);
});

test('a file that is wrong or gone is logged once, and the last value stays', async () => {
  const path = join(directory, 'keys.json');
  const key = (name: string) => JSON.stringify([{ name, hashes: ['a'.repeat(64)], scopes: ['x:y'] }]);
  await writeFile(path, key('first'));
  const reads = new CredentialReads();
  reads.listen({
    broken: (file, reason) => logged.push(`broken ${basename(file)}: ${reason}`),
    usable: (file) => logged.push(`usable ${basename(file)}`),
  });
  const file = new WatchedFile(path, parseApiKeys, log, reads);
  for (const wrong of ['[', '{}', key('first').replace('"hashes"', '"keys"')]) {
    await writeFile(path, wrong);
    await file.look();
    await file.look();
    expect(file.value).toMatchObject([{ name: 'first' }]);
  }
  await rm(path);
  await file.look();
  await file.look();
  expect(file.value).toMatchObject([{ name: 'first' }]);
  expect(logged).toEqual([
    'broken keys.json: must be JSON',
    expect.stringContaining('broken keys.json: '),
    expect.stringContaining('broken keys.json: 0 hashes'),
    expect.stringContaining('ENOENT'),
  ]);
  await writeFile(path, key('second'));
  await file.look();
  expect(file.value).toMatchObject([{ name: 'second' }]);
  expect(logged.slice(4)).toEqual(['info a file has changed and was read again', 'usable keys.json']);
  expect(reads.counts()).toEqual([
    { file: path, outcome: 'read', count: 2 },
    { file: path, outcome: 'failed', count: 8 },
  ]);
});

test('a file that is wrong from the start is refused, and what is in it is not repeated', async () => {
  const path = join(directory, 'keys.json');
  expect(() => new WatchedFile(path, parseApiKeys, log)).toThrow('ENOENT');
  for (const [text, why] of [
    ['hunter22', 'must be JSON'],
    ['[{"name":"a","hashes":["hunter22"],"scopes":[]}]', 'must be a SHA-256 in hex'],
    ['[{"name":"a","key":"hunter22","scopes":[]}]', 'hashes'],
  ] as const) {
    await writeFile(path, text);
    const open = () => new WatchedFile(path, parseApiKeys, log);
    expect(open).toThrow(why);
    expect(open).not.toThrow('hunter22');
  }
});
