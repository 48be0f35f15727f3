import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ApiKey } from '@outrider/contracts';
import { runCommand } from '../cli/run-command.js';
import { hashOf } from './keys.js';
import { apiKeyProgram, type Chosen } from './program.js';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-api-key-'));
  file = join(directory, 'api-keys.json');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  let chosen: Chosen = async () => 0;
  const program = apiKeyProgram(
    (choice) => (chosen = choice),
    async () => file,
  );
  const code = await runCommand(
    program,
    argv,
    () => chosen({ out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } }),
    (text) => (err += text),
  );
  return { code, out, err };
}

const stored = async (): Promise<ApiKey[]> => JSON.parse(await readFile(file, 'utf8')) as ApiKey[];
const make = async (...argv: readonly string[]): Promise<string> => {
  const { code, out, err } = await run('make', ...argv);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return out.trim();
};

describe('scripts/api-key', () => {
  test('a key is shown once, alone on standard output; the file has its hash, for its owner to read', async () => {
    const { code, out, err } = await run('make', '--name', 'warehouse', '--scope', 'inventory:read', '--scope', 'a:b');
    expect(code).toBe(0);
    expect(out).toMatch(/^outrider_[\w-]{43}\n$/);
    const key = out.trim();
    expect(err).toContain(`Key ${hashOf(key).slice(0, 8)} of warehouse for a:b, inventory:read.`);
    expect(err).not.toContain(key);
    expect(await stored()).toEqual([{ name: 'warehouse', hashes: [hashOf(key)], scopes: ['a:b', 'inventory:read'] }]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['api-keys.json']);
    expect((await run('list')).out).not.toContain(key);
  });

  test('a hash is the SHA-256 that services compare with', () => {
    expect(hashOf('key-of-notes')).toBe('57da1ba8125852e2dde3e6418071d29da3d997630ed1f31c93e16b48b357f3e7');
  });

  test('two keys of one caller are valid at a time; the older goes when the newer is in use', async () => {
    const first = await make('--name', 'warehouse', '--scope', 'inventory:read');
    const second = await make('--name', 'warehouse');
    expect(await stored()).toEqual([
      { name: 'warehouse', hashes: [hashOf(first), hashOf(second)], scopes: ['inventory:read'] },
    ]);
    const third = await run('make', '--name', 'warehouse');
    expect(third).toMatchObject({ code: 1, out: '', err: expect.stringContaining('revoke one first') });
    const revoked = await run('revoke', '--name', 'warehouse', '--older');
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining(hashOf(first).slice(0, 8)) });
    expect(await stored()).toMatchObject([{ hashes: [hashOf(second)] }]);
    expect(await run('revoke', '--name', 'warehouse', '--older')).toMatchObject({ code: 1, out: '' });
  });

  test('one key by its id, or a caller as a whole, is revoked; others stay', async () => {
    const first = await make('--name', 'warehouse', '--scope', 'inventory:read');
    const second = await make('--name', 'warehouse');
    const other = await make('--name', 'books', '--scope', 'payment:read');
    const id = hashOf(second).slice(0, 8);
    expect(await run('revoke', '--name', 'books', '--key', id)).toMatchObject({ code: 1 });
    expect(await run('revoke', '--name', 'warehouse', '--key', id)).toMatchObject({ code: 0 });
    expect(await stored()).toMatchObject([{ hashes: [hashOf(first)] }, { hashes: [hashOf(other)] }]);
    expect(await run('revoke', '--name', 'warehouse', '--all')).toMatchObject({ code: 0 });
    expect(await stored()).toMatchObject([{ name: 'books' }]);
    expect(await run('revoke', '--name', 'warehouse', '--all')).toMatchObject({ code: 1 });
  });

  test('says it as JSON', async () => {
    const made = JSON.parse(await make('--name', 'books', '--scope', 'payment:read', '--json')) as { key: string };
    const id = hashOf(made.key).slice(0, 8);
    expect(made).toEqual({ name: 'books', id, key: made.key, scopes: ['payment:read'], keys: 1, file });
    const listed = await run('list', '--json');
    expect(JSON.parse(listed.out)).toEqual([{ name: 'books', ids: [id], scopes: ['payment:read'] }]);
    const revoked = await run('revoke', '--name', 'books', '--all', '--json');
    expect(JSON.parse(revoked.out)).toEqual({ name: 'books', revoked: [id], left: [], file });
  });

  test.each([
    [[], 'say what: make, revoke or list'],
    [['mkae'], "unknown command 'mkae'"],
    [['make'], '--name'],
    [['make', '--name', 'a b'], 'letters, digits'],
    [['make', '--name', 'a', '--scope', 'Inventory Read'], 'inventory:read'],
    [['revoke', '--name', 'a'], '--key ID, --older or --all'],
    [['revoke', '--name', 'a', '--older', '--all'], '--key ID, --older or --all'],
    [['revoke', '--name', 'a', '--key', 'zz'], 'as list shows it'],
    [['list', 'more'], 'too many arguments'],
  ])('wrong use (%j) is reported, with exit code 2, and changes nothing', async (argv, sentence) => {
    expect(await run(...argv)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(await readdir(directory)).toEqual([]);
  });

  test('a new caller needs a scope, and one that is there keeps the ones it has', async () => {
    expect(await run('make', '--name', 'a')).toMatchObject({ code: 1, err: expect.stringContaining('--scope') });
    expect(await readdir(directory)).toEqual([]);
    await make('--name', 'a', '--scope', 'payment:read');
    expect(await run('make', '--name', 'a', '--scope', 'inventory:stock')).toMatchObject({ code: 1, out: '' });
    await make('--name', 'a', '--scope', 'payment:read');
    expect(await stored()).toMatchObject([{ scopes: ['payment:read'] }]);
  });

  test('a file that is no list of keys, or that another command is changing, is left alone', async () => {
    await writeFile(file, '{"keys": []}');
    expect(await run('make', '--name', 'a', '--scope', 'x:y')).toMatchObject({ code: 1, out: '' });
    expect(await run('list')).toMatchObject({ code: 1, out: '' });
    expect(await readFile(file, 'utf8')).toBe('{"keys": []}');
    expect(await readdir(directory)).toEqual(['api-keys.json']);
    await writeFile(file, '[]');
    await writeFile(`${file}.new`, 'half');
    expect(await run('make', '--name', 'a', '--scope', 'x:y')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(`remove ${file}.new`),
    });
    expect(await stored()).toEqual([]);
  });

  test('keeps the mode of the file and the link that leads to it', async () => {
    await writeFile(file, '[]', { mode: 0o644 });
    const link = join(directory, 'link.json');
    await symlink(file, link);
    await make('--name', 'a', '--scope', 'x:y', '--file', link);
    expect(await stored()).toHaveLength(1);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await readFile(link, 'utf8')).toBe(await readFile(file, 'utf8'));
  });
});
