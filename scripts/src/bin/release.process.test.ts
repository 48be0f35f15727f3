import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { findHelms } from '../charts/helm.js';
import { CommandSandbox } from '../testing/started-command.js';

jest.setTimeout(120_000);

const UNREACHABLE = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' };

test.each([
  [['--registry', 'Not One'], 'It must be like registry.example:5000/shop.'],
  [['--without-audit', ' '], 'It must say why.'],
  [['--kep'], 'Did you mean --keep?'],
  [['0.2.0'], 'too many arguments'],
])('%j is wrong use: one line, exit code 2', async (args, sentence) => {
  await using sandbox = await CommandSandbox.make();
  const command = sandbox.start('release', args);
  expect(await command.ended).toBe(2);
  // what npm or the compiler had to do before stands in front of it
  expect(command.output.trim().split('\n').at(-1)).toMatch(/^scripts\/release: /u);
  expect(command.output.trim().split('\n').at(-1)).toContain(sentence);
});

const withHelm = findHelms().length === 0 ? test.skip : test;

withHelm('nothing is made while it is not known what is against the packages (needs Helm)', async () => {
  await using sandbox = await CommandSandbox.make();
  const command = sandbox.start('release', ['--out', join(sandbox.directory, 'out')], UNREACHABLE);
  expect(await command.ended).toBe(1);
  expect(command.output).toContain('the registry does not say what it knows against the packages');
  expect(await readdir(sandbox.directory)).not.toContain('out');
});

withHelm('charts and bill of materials are made, and it is said how they are published (needs Helm)', async () => {
  await using sandbox = await CommandSandbox.make();
  const out = join(sandbox.directory, 'out');
  const args = ['--out', out, '--registry', 'registry.test/shop', '--without-audit', 'it is a test'];
  const command = sandbox.start('release', args, UNREACHABLE);
  expect([await command.ended, command.output]).toEqual([0, expect.stringContaining('not asked: it is a test')]);
  const files = await readdir(out);
  expect(files.toSorted().map((file) => file.replace(/-\d.*?(?=\.(?:tgz|cdx))/u, ''))).toEqual([
    'operator.tgz',
    'outbox-worker.tgz',
    'outrider.cdx.json',
    'outrider.tgz',
    'service.tgz',
  ]);
  for (const line of [
    /docker push registry\.test\/shop\/outrider\/order:\d/u,
    /helm push .* oci:\/\/registry\.test\/shop\/charts/u,
  ]) {
    expect(command.output).toMatch(line);
  }
});
