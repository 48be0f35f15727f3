import { afterEach, expect, test } from '@jest/globals';
import { Screen } from '../cli/screen.js';
import { runAt } from '../run/run-directory.js';
import type { Running } from './describe.js';
import { showWhereToLook } from './show-where-to-look.js';

const before = process.env['OUTRIDER_RUN_DIR'];
afterEach(() => {
  if (before === undefined) delete process.env['OUTRIDER_RUN_DIR'];
  else process.env['OUTRIDER_RUN_DIR'] = before;
});

async function shown(): Promise<string> {
  const part = (port: number) => ({ url: `http://127.0.0.1:${port}`, metricsUrl: '', metricsUrls: [], pids: [] });
  const services = { order: part(4001), inventory: part(4002), payment: part(4003), product: part(4004) };
  const running = {
    up: { services, simulator: { url: 'http://127.0.0.1:4009' } },
    run: runAt('/runs', '20260101-000000-abcd'),
  } as unknown as Running;
  let text = '';
  await showWhereToLook(new Screen({ write: (more: string) => (text += more) }), running, '/runs/up.json');
  return text;
}

test('what to type has the ports of this run', async () => {
  const text = await shown();
  expect(text).toContain('curl http://127.0.0.1:4004/products');
  expect(text).toContain('curl -s 127.0.0.1:4004/products -H "Authorization: Bearer $admin"');
  expect(text).toContain('curl -si 127.0.0.1:4001/orders -H "Authorization: Bearer $customer"');
  expect(text).not.toMatch(/localhost|3004|3001/);
});

test('and the folder of the run, where it is not the usual one: other commands find the installation by it', async () => {
  process.env['OUTRIDER_RUN_DIR'] = '/runs';
  for (const command of ['place-orders', 'balance', 'outrider books', 'token --role admin', 'token --sub alice']) {
    expect(await shown()).toContain(`OUTRIDER_RUN_DIR=/runs scripts/${command}`);
  }
  delete process.env['OUTRIDER_RUN_DIR'];
  expect(await shown()).not.toContain('OUTRIDER_RUN_DIR');
});
