import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { logEnd } from './log-end.js';

// What Node says of a program that threw while it was loaded.
const THROWN = `file:///shop/dist/product/main.js:3
    throw new Error('so it is');
          ^

Error: so it is
    at file:///shop/dist/product/main.js:3:11
    at ModuleJob.run (node:internal/modules/esm/module_job:561:25)
    at async node:internal/modules/esm/loader:647:26
    at async asyncRunEntryPointWithESMLoader (node:internal/modules/run_main:101:5)

Node.js v24.21.0
`;

test('the end of a log says what was thrown and where, and not by which way through Node', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-log-'));
  try {
    const file = join(folder, 'product.log');
    await writeFile(file, `${JSON.stringify({ msg: 'starting' })}\n${THROWN}`);
    const end = (await logEnd(file)).split('\n').map((line) => line.trim());
    expect(end.slice(-2)).toEqual(['Error: so it is', 'at file:///shop/dist/product/main.js:3:11']);
    expect(end).toHaveLength(5);
  } finally {
    await rm(folder, { recursive: true });
  }
});
