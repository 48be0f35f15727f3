import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { auditProblems, readAdvisories } from './audit.js';

const LEAK = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'It leaks',
  severity: 'high',
  vulnerable_versions: '<2.0.0',
};
const SLOW = {
  ...LEAK,
  id: 2,
  url: 'https://github.com/advisories/GHSA-dddd-eeee-ffff',
  title: 'Slow',
  severity: 'low',
};

let registry: Server;
let folder: string;
/** what the registry knows; undefined: it does not say */
let known: Readonly<Record<string, readonly object[]>> | undefined;
beforeEach(async () => {
  registry = createServer((request, response) => {
    request.resume();
    const isAudit = request.url === '/-/npm/v1/security/advisories/bulk';
    response.writeHead(isAudit && known !== undefined ? 200 : 405, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isAudit && known !== undefined ? known : {}));
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  folder = await mkdtemp(join(tmpdir(), 'outrider-audit-'));
  const packages = {
    '': { name: 'shop', version: '1.0.0', dependencies: { leaky: '^1.0.0' } },
    'node_modules/leaky': { version: '1.0.0' },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(packages['']));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...packages[''], lockfileVersion: 3, packages }));
});
afterEach(async () => {
  registry.close();
  await rm(folder, { recursive: true });
});

const ask = () =>
  readAdvisories(folder, {
    npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}`,
    npm_config_cache: join(folder, 'cache'),
    npm_config_fetch_retries: '0',
  });

test('what is known against a package is refused when it is serious, unless it is accepted', async () => {
  known = { leaky: [LEAK, SLOW] };
  const found = await ask();
  expect(found.map(({ id, severity }) => [id, severity])).toEqual([
    ['GHSA-aaaa-bbbb-cccc', 'high'],
    ['GHSA-dddd-eeee-ffff', 'low'],
  ]);
  expect(auditProblems(found, [])).toEqual(['leaky: It leaks (high, GHSA-aaaa-bbbb-cccc).']);
  expect(auditProblems(found, [{ id: 'GHSA-aaaa-bbbb-cccc', reason: 'it is not called' }])).toEqual([]);
});

test('what is accepted and not found any more has to leave the list', async () => {
  known = {};
  expect(await ask()).toEqual([]);
  expect(auditProblems([], [{ id: 'GHSA-aaaa-bbbb-cccc', reason: 'it is not called' }])).toEqual([
    expect.stringContaining('GHSA-aaaa-bbbb-cccc is accepted'),
  ]);
});

test('a registry that does not say is no registry that knows nothing', async () => {
  known = undefined;
  await expect(ask()).rejects.toThrow('the registry does not say what it knows against the packages: 405');
});
