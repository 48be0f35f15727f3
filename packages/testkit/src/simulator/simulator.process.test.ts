import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';

const MAIN = fileURLToPath(new URL('../../dist/simulator/main.js', import.meta.url));

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(env: Record<string, string>): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [MAIN], { env: { ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return { url, process: child };
  }
  throw new Error('the simulator ended without listening');
}

async function authorize(url: string, n: number): Promise<string> {
  const response = await fetch(`${url}/authorizations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `key-${n}` },
    body: JSON.stringify({ amount: 100 + n, currency: 'EUR', paymentMethod: 'pm', reference: `order-${n}` }),
  });
  return ((await response.json()) as { id: string }).id;
}

test('killed with -9 under load, it goes on with everything it had answered', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  const env = { PORT: '0', LEDGER_FILE: join(directory, 'ledger.jsonl'), PAYMENTS: 'declines=10' };
  const first = await start(env);
  const answered = new Map<number, string>();
  const load = Promise.all(
    Array.from({ length: 500 }, async (_, n) => {
      const id = await authorize(first.url, n).catch(() => undefined);
      if (id === undefined) return;
      answered.set(n, id);
      if (answered.size === 100) first.process.kill('SIGKILL');
    }),
  );
  await load;
  const second = await start(env);
  for (const [n, id] of answered) expect(await authorize(second.url, n)).toBe(id);
  const { data } = (await (await fetch(`${second.url}/ledger`)).json()) as {
    data: { id: string; reference: string }[];
  };
  expect(new Set(data.map(({ reference }) => reference)).size).toBe(data.length);
  expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining([...answered.values()]));
  second.process.kill('SIGTERM');
  const [code] = (await once(second.process, 'exit')) as [number | null];
  expect(code).toBe(0);
});

test('a wrong environment refuses to start and names every wrong variable', async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { PAYMENTS: 'teleports=5', PORT: 'x' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(2);
  expect(said).toMatch(/PORT/u);
  expect(said).toMatch(/LEDGER_FILE: is missing/u);
  expect(said).toMatch(/PAYMENTS: .*'teleports' is not known.*There are: declines/u);
});
