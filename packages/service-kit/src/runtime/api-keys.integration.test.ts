import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKey } from '@outrider/contracts';
import { hashApiKey } from '../auth/index.js';
import { echoService } from '../testing/echo-service.js';
import { startTestService, type TestService } from '../testing/index.js';

const [FIRST, SECOND, THIRD, READER] = ['first', 'second', 'third', 'reader'].map((name) => `outrider_${name}`) as [
  string,
  string,
  string,
  string,
];

let directory: string;
let file: string;
let processes: readonly TestService[];

/** Exchanges the list in one step, as scripts/api-key does. */
async function store(...keys: readonly string[]): Promise<void> {
  const list: ApiKey[] = [
    { name: 'warehouse', hashes: keys.map(hashApiKey), scopes: ['echo:write'] },
    { name: 'reader', hashes: [hashApiKey(READER)], scopes: ['echo:read'] },
  ];
  await writeFile(`${file}.new`, JSON.stringify(list));
  await rename(`${file}.new`, file);
}

const write = (to: TestService, apiKey: string) => to.call('POST', '/admins', { apiKey, body: { text: 'hello' } });

/** Waits until every process answers this key with this status. */
async function everywhere(apiKey: string, status: number): Promise<void> {
  for (const one of processes) {
    await one.until(`${apiKey} has ${status}`, async () => (await write(one, apiKey)).status === status);
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-keys-'));
  file = join(directory, 'api-keys.json');
  await store(FIRST);
  const service = await startTestService(echoService, {
    apiKeys: { 'key-of-setting': ['echo:write'] },
    env: { API_KEYS_FILE: file, LOG_LEVEL: 'silent' },
  });
  processes = [service, await service.replica()];
});
afterAll(async () => {
  await processes[0]?.close();
  await rm(directory, { recursive: true, force: true });
});

describe('API keys in a file', () => {
  test('F48 the API key of a caller is rotated under load, and no request is refused', async () => {
    let key = FIRST;
    const statuses: number[] = [];
    const over = new AbortController();
    const callers = processes.flatMap((one) =>
      Array.from({ length: 4 }, async () => {
        while (!over.signal.aborted) statuses.push((await write(one, key)).status);
      }),
    );
    for (const [old, next] of [
      [FIRST, SECOND],
      [SECOND, THIRD],
    ] as const) {
      await store(old, next);
      await everywhere(next, 200);
      // the caller has the next key from here on; requests under way with the old one are still good
      key = next;
      const before = statuses.length;
      await processes[0]?.until('the new key is in use', () => statuses.length > before + 2 * callers.length);
      await store(next);
      await everywhere(old, 401);
    }
    over.abort();
    await Promise.all(callers);
    expect(statuses.length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('F33 a key opens what its scopes say, and nothing once it is revoked', async () => {
    await store(THIRD);
    await everywhere(THIRD, 200);
    await everywhere('key-of-setting', 200);
    await everywhere(READER, 403);
    await everywhere(FIRST, 401);
    // and never what people alone may
    const answer = await processes[0]!.call('GET', '/customers', { apiKey: THIRD });
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/unauthenticated' } });
  });
});
