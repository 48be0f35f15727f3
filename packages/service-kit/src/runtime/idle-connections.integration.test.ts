import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { echoService } from '../testing/echo-service.js';
import { startTestService, type TestService } from '../testing/index.js';

/** What either side needs beside these connections. */
const SPARE_FILES = 2_000;
const WANTED = 10_000;

/**
 * Opens connections, some hundred at a time, and says nothing over them. Prints how many it has opened, and how many the
 * other side has closed when all are. A process of its own, since a process may have only so many files open; it comes
 * from another loopback address, so that it takes no ports from other tests.
 */
const CLIENT = `
  const { connect } = await import('node:net');
  const [port, wanted] = process.argv.slice(1).map(Number);
  const localAddress = process.platform === 'linux' ? '127.0.0.2' : undefined;
  let closed = 0;
  const opened = () => new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.once('connect', resolve).on('error', reject).resume();
    socket.once('close', () => (closed += 1, closed === wanted && console.log('closed')));
  });
  for (let left = wanted; left > 0; left -= 200) await Promise.all(Array.from({ length: Math.min(200, left) }, opened));
  console.log('opened');
  setTimeout(() => process.exit(1), 40_000).unref();
`;

let service: TestService;
let port: string;

beforeAll(async () => {
  service = await startTestService(echoService, {
    env: { HTTP_HEADERS_TIMEOUT_MS: '4000', HTTP_MAX_CONNECTIONS: '20000', LOG_LEVEL: 'silent' },
  });
  ({ port } = new URL(service.url));
});
afterAll(() => service.close());

test('F36 ten thousand silent connections: others are served, and the silent ones are closed', async () => {
  const files = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Number.POSITIVE_INFINITY;
  const count = Math.min(WANTED, files - SPARE_FILES);
  const client = spawn(process.execPath, ['--input-type=module', '-e', CLIENT, port, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = new Set<string>();
  createInterface({ input: client.stdout }).on('line', (line) => told.add(line));
  const ended = new Promise<number | null>((resolve) => client.once('close', resolve));
  try {
    const token = await service.token('alice', 'customer');
    const serves = async (): Promise<void> => {
      expect((await service.call('GET', '/customers', { token })).status).toBe(200);
    };
    await service.until('all are open', async () => (await serves(), told.has('opened')));
    await service.until('all are closed', async () => (await serves(), told.has('closed')));
    await serves();
    expect(await ended).toBe(0);
  } finally {
    client.kill('SIGKILL');
  }
});
