import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { Screen } from '../cli/screen.js';
import { InterruptedError } from '../cli/until-signal.js';
import type { Running } from '../installation/describe.js';
import { PROJECT_ROOT } from '../run/project.js';
import { runAt } from '../run/run-directory.js';
import { loadOrders } from './load-orders.js';
import { runOrders } from './run-orders.js';

test('ended while products are registered it says that no order was placed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outrider-orders-'));
  try {
    const url = 'http://127.0.0.1:9';
    const up = { services: { product: { url }, inventory: { url } }, tokens: { admin: '' } };
    const running = { up, run: runAt(directory, 'a-run') } as unknown as Running;
    const stream = new PassThrough();
    const signal = AbortSignal.abort(new InterruptedError(130));
    const file = await loadOrders(join(PROJECT_ROOT, 'examples/orders.jsonl'));
    const work = { running, file, stockPercent: 100, concurrency: 1, screen: new Screen(stream), signal };
    await mkdir(running.run.directory);
    await expect(runOrders(work)).rejects.toBeInstanceOf(InterruptedError);
    stream.end();
    expect(await text(stream)).toContain('0 of 1,000 orders placed when it ended');
  } finally {
    await rm(directory, { recursive: true });
  }
});
