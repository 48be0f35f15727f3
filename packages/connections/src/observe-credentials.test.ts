import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { CredentialReads } from './credential-reads.js';
import { secretFile } from './credential.js';
import { observeCredentials } from './observe-credentials.js';

test('a file that is emptied and filled again: what it held is used, one line each, and all of it is counted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-credentials-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, 'first');
    const [reads, registry, lines] = [new CredentialReads(), new Registry(), [] as string[]];
    const log = {
      info: (_: object, message: string) => void lines.push(message),
      error: (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    };
    observeCredentials(registry, log, reads);
    const password = secretFile(file, undefined, reads);
    await writeFile(file, '');
    expect([password.current(), password.current()]).toEqual(['first', 'first']);
    await rm(file);
    expect(password.current()).toBe('first');
    await writeFile(file, 'second');
    expect([password.current(), password.current()]).toEqual(['second', 'second']);
    expect(lines).toEqual([
      `a credential cannot be used: the last good one is kept ${JSON.stringify({ file, reason: `is empty: ${file}` })}`,
      `a credential cannot be used: the last good one is kept ${JSON.stringify({ file, reason: `cannot be read: ${file}: ENOENT` })}`,
      'a credential can be used again',
    ]);
    const shown = await registry.metrics();
    expect(shown).toContain(`credential_reads_total{file="${file}",outcome="read"} 3`);
    expect(shown).toContain(`credential_reads_total{file="${file}",outcome="failed"} 3`);
    // a scrape counts nothing twice
    expect(await registry.metrics()).toBe(shown);
  } finally {
    await rm(folder, { recursive: true });
  }
});
