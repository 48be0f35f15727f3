import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CONFIGS = ['packages/service-kit/src/runtime/config.ts', ...globSync('services/*/src/config.ts', { cwd: ROOT })];

/** The settings that a file describes: the keys of its schemas, alone on the left of their lines. */
function settingsIn(file: string): string[] {
  const names = readFileSync(join(ROOT, file), 'utf8').matchAll(/^ {2,}([A-Z][A-Z0-9_]*[A-Z0-9]):/gmu);
  return [...new Set([...names].map(([, name = '']) => name))];
}

/** Everything that runs beside this config and is neither a test nor the description of settings. */
function codeBeside(file: string): string {
  const folder = file.startsWith('services/') ? file.replace(/config\.ts$/u, '') : 'packages/service-kit/src/';
  return globSync(`${folder}**/*.ts`, { cwd: ROOT })
    .filter((path) => !/\.test\.ts$|\/testing\//u.test(path) && path !== file)
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
}

describe('every setting that a process reads is used by it', () => {
  test('the processes are found, and their settings', () => {
    expect(CONFIGS.length).toBeGreaterThanOrEqual(7);
    for (const file of CONFIGS)
      expect({ file, settings: settingsIn(file).length > 3 }).toEqual({ file, settings: true });
    expect(settingsIn(CONFIGS[0]!)).toEqual(expect.arrayContaining(['JWT_ALGORITHMS', 'CONNECTION_MAX_AGE_MS']));
  });

  test.each(CONFIGS)('%s', (file) => {
    const code = codeBeside(file);
    const own = readFileSync(join(ROOT, file), 'utf8');
    // the whole word, of the parsed settings; a config's own functions may hand it on under another name
    const used = (name: string) =>
      new RegExp(`\\.${name}\\b`, 'u').test(code + own) || new RegExp(`\\b${name}: \\w+`, 'u').test(code);
    expect(settingsIn(file).filter((name) => !used(name))).toEqual([]);
  });
});
