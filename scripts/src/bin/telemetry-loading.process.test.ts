import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { mainOf, RECONCILER, WORKER } from '../installation/layout.js';

// Says of each module of OpenTelemetry that it is loaded.
const HOOK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    const [, name] = /node_modules\\/@opentelemetry\\/([^/]+)\\//.exec(url) ?? [];
    if (name !== undefined) process.stderr.write('loaded ' + name + '\\n');
    return next(url, context);
  } });
`)}`;

/** The packages of OpenTelemetry that a process loads until it says that its settings are missing. */
async function loaded(main: string, env: Readonly<Record<string, string>>): Promise<Set<string>> {
  const child = spawn(process.execPath, ['--import', HOOK, main], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  expect(said).toMatch(/missing/u);
  return new Set([...said.matchAll(/^loaded (.+)$/gmu)].map(([, name]) => name ?? ''));
}

// all services begin in the same way
test.each(['order', WORKER, RECONCILER] as const)('%s loads no SDK unless it has an endpoint', async (part) => {
  expect([...(await loaded(mainOf(part), {}))]).toEqual(['api']);
  const all = await loaded(mainOf(part), { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  expect(all).toContain('sdk-trace');
  expect(all).toContain('exporter-trace-otlp-http');
});
