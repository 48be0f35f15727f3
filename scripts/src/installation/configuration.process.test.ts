import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { mainOf, RECONCILER, SERVICES, WORKER, type Part } from './layout.js';

const NEEDED = ['DATABASE_URL', 'KAFKA_BROKERS', 'PORT', 'ADMIN_PORT', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS'];
const NEEDED_BY: Readonly<Record<Part, readonly string[]>> = {
  order: NEEDED,
  inventory: NEEDED,
  payment: [...NEEDED, 'SIMULATOR_URL', 'SIMULATOR_WEBHOOK_SECRET'],
  product: [...NEEDED, 'REDIS_URL'],
  [WORKER]: ['DATABASE_URLS', 'KAFKA_BROKERS', 'ADMIN_PORT'],
  [RECONCILER]: [...SERVICES.map((name) => `${name.toUpperCase()}_DATABASE_URL`), 'ADMIN_PORT'],
};

test.each<Part>([...SERVICES, WORKER, RECONCILER])(
  'F39 %s refuses to start without settings and names every key at once',
  async (part) => {
    const failed = await promisify(execFile)(process.execPath, [mainOf(part)], { env: {} }).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1 });
    for (const key of NEEDED_BY[part]) expect(failed.stderr).toContain(`${key}: is missing`);
  },
);

test('F39 a service names every wrong key at once, and repeats no value', async () => {
  const env = { DATABASE_URL: 'mysql://me:secret@db/x', KAFKA_BROKERS: 'kafka', PORT: 'http', ADMIN_PORT: '70000' };
  const { stderr } = await promisify(execFile)(process.execPath, [mainOf('order')], { env }).then(
    () => ({ stderr: '' }),
    (error: { stderr: string }) => error,
  );
  for (const key of Object.keys(env)) expect(stderr).toMatch(new RegExp(`^ *${key}[.\\d]*: (?!is missing)`, 'mu'));
  expect(stderr).not.toContain('secret');
});

test('F39 migrate ends with one sentence, and no stack, when a server does not come', async () => {
  const env = {
    DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:9/nowhere',
    KAFKA_BROKERS: '127.0.0.1:9',
    MIGRATE_WAIT_MS: '0',
    LOG_LEVEL: 'silent',
  };
  const failed = await promisify(execFile)(process.execPath, [mainOf('order'), 'migrate'], { env }).catch(
    (error: { code: number; stderr: string }) => error,
  );
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^order: No answer from Kafka within 0 s \(MIGRATE_WAIT_MS\): .*ECONNREFUSED/u),
  ]);
});
