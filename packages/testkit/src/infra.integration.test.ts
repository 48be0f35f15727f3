import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from './free-port.js';
import { startInfra } from './infra.js';
import { findExecutable } from './embedded/find-executable.js';
import type { Part } from './part.js';

const CHANGED = [
  'INFRA',
  'POSTGRES_URL',
  'KAFKA_BROKERS',
  'REDIS_URL',
  'PATH',
  'JAVA_HOME',
  'TMPDIR',
  'XDG_CACHE_HOME',
];

let before: Record<string, string | undefined>;
let scratch: string;
beforeEach(async () => {
  before = Object.fromEntries(CHANGED.map((name) => [name, process.env[name]]));
  scratch = await mkdtemp(join(tmpdir(), 'testkit-'));
  for (const name of ['INFRA', 'POSTGRES_URL', 'KAFKA_BROKERS', 'REDIS_URL']) delete process.env[name];
  // where startInfra makes its folders: afterwards it must be empty
  process.env['TMPDIR'] = join(scratch, 'tmp');
  await mkdir(process.env['TMPDIR']);
});
afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await rm(scratch, { recursive: true, force: true });
});

/** The message of the failure; it is one sentence, and nothing was left behind. */
async function refusal(parts?: readonly Part[]): Promise<{ code: string; message: string }> {
  const failure = await startInfra(parts === undefined ? {} : { parts }).then(
    async (infra) => {
      await infra.stop();
      throw new Error('it started');
    },
    (error: unknown) => error as { code: string; message: string },
  );
  expect(failure.message).toMatch(/^[^\n]*\.$/);
  expect(await readdir(process.env['TMPDIR']!)).toEqual([]);
  return { code: failure.code, message: failure.message };
}

describe('servers by URL', () => {
  test.each([
    ['postgres', 'POSTGRES_URL', (port: number) => `postgres://nobody:secret@127.0.0.1:${port}/x`],
    ['kafka', 'KAFKA_BROKERS', (port: number) => `127.0.0.1:${port}`],
    ['redis', 'REDIS_URL', (port: number) => `redis://:secret@127.0.0.1:${port}`],
  ] as const)('%s that does not answer is named by its variable, without the password', async (part, variable, url) => {
    process.env['INFRA'] = 'url';
    process.env[variable] = url(await freePort());
    const { code, message } = await refusal([part]);
    expect(code).toBe('INFRA_URL_UNREACHABLE');
    expect(message).toContain(variable);
    expect(message).not.toContain('secret');
  });

  test('that are not given are named', async () => {
    process.env['INFRA'] = 'url';
    expect(await refusal()).toEqual({
      code: 'INFRA_URL_MISSING',
      message: "INFRA is 'url' but POSTGRES_URL and KAFKA_BROKERS and REDIS_URL are not set.",
    });
  });
});

test('a value of INFRA that is none is refused with those there are', async () => {
  process.env['INFRA'] = 'kubernetes';
  expect(await refusal()).toEqual({
    code: 'INFRA_MODE_INVALID',
    message: "INFRA is 'kubernetes' but must be one of url, docker, embedded.",
  });
});

describe('embedded servers on a machine that lacks something', () => {
  beforeEach(async () => {
    process.env['INFRA'] = 'embedded';
    process.env['JAVA_HOME'] = '';
    await mkdir(join(scratch, 'bin'));
  });

  const advice = 'Install Java 17 or newer to run Kafka on this machine, or start Docker, or set KAFKA_BROKERS.';

  test('no Java', async () => {
    process.env['PATH'] = join(scratch, 'bin');
    expect(await refusal(['kafka'])).toEqual({ code: 'INFRA_JAVA_MISSING', message: advice });
  });

  test('JAVA_HOME without a Java in it', async () => {
    process.env['JAVA_HOME'] = scratch;
    expect(await refusal(['kafka'])).toEqual({ code: 'INFRA_JAVA_MISSING', message: advice });
  });

  test('a Java that is too old', async () => {
    await writeFile(join(scratch, 'bin', 'java'), '#!/bin/sh\necho \'java version "1.8.0_402"\' >&2\n', {
      mode: 0o755,
    });
    process.env['PATH'] = `${join(scratch, 'bin')}:/usr/bin:/bin`;
    expect(await refusal(['kafka'])).toEqual({ code: 'INFRA_JAVA_MISSING', message: advice });
  });

  test('nothing fetched yet and no Maven', async () => {
    const java = await findExecutable('java');
    await symlink(java ?? '/nowhere', join(scratch, 'bin', 'java'));
    process.env['PATH'] = join(scratch, 'bin');
    process.env['XDG_CACHE_HOME'] = join(scratch, 'cache');
    expect(await refusal(['kafka'])).toMatchObject({ code: 'INFRA_MAVEN_MISSING' });
  });

  test('one part that cannot start stops those that did', async () => {
    const path = process.env['PATH'];
    process.env['JAVA_HOME'] = scratch;
    process.env['PATH'] = path;
    const lines: string[] = [];
    const failure = await startInfra({ parts: ['redis', 'kafka'], log: (line) => lines.push(line) }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'INFRA_JAVA_MISSING' });
    const port = Number(/redis:\/\/127\.0\.0\.1:(\d+)/.exec(lines.join('\n'))?.[1]);
    expect(port).toBeGreaterThan(0);
    expect(await canConnect(port)).toBe(false);
    expect(await readdir(process.env['TMPDIR']!)).toEqual([]);
  });
});

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
