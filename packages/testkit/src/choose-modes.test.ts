import { describe, expect, test } from '@jest/globals';
import { chooseModes, forcedMode, givenUrl, refuseBrokers } from './choose-modes.js';
import { PARTS } from './part.js';

const urls = { POSTGRES_URL: 'postgres://x', KAFKA_BROKERS: 'x:9092', REDIS_URL: 'redis://x' };

/** A machine with or without an engine that counts how often it was asked for it. */
function engine(answers: boolean): { asked: number; ask(): Promise<boolean> } {
  return {
    asked: 0,
    ask() {
      this.asked += 1;
      return Promise.resolve(answers);
    },
  };
}

describe('where a server comes from', () => {
  test.each([
    ['nothing given, an engine', {}, true, ['docker', 'docker', 'docker']],
    ['nothing given, no engine', {}, false, ['embedded', 'embedded', 'embedded']],
    ['every URL given', urls, true, ['url', 'url', 'url']],
    ['one URL given, an engine', { KAFKA_BROKERS: 'x:9092' }, true, ['docker', 'url', 'docker']],
    ['one URL given, no engine', { REDIS_URL: 'redis://x' }, false, ['embedded', 'embedded', 'url']],
    ['an empty URL is none', { REDIS_URL: '' }, false, ['embedded', 'embedded', 'embedded']],
  ])('%s', async (_case, env, docker, expected) => {
    const machine = engine(docker);
    const modes = await chooseModes(PARTS, undefined, env, () => machine.ask());
    expect(PARTS.map((part) => modes.get(part))).toEqual(expected);
    expect(machine.asked).toBeLessThanOrEqual(1);
  });

  test('an engine is not looked for where every URL is given', async () => {
    const machine = engine(true);
    await chooseModes(PARTS, undefined, urls, () => machine.ask());
    expect(machine.asked).toBe(0);
  });

  test('only the parts that were asked for have one', async () => {
    const modes = await chooseModes(['redis'], undefined, urls, () => Promise.resolve(false));
    expect([...modes]).toEqual([['redis', 'url']]);
  });

  test('a forced mode holds for every part, URL or not', async () => {
    const modes = await chooseModes(PARTS, 'embedded', urls, () => Promise.resolve(true));
    expect([...modes.values()]).toEqual(['embedded', 'embedded', 'embedded']);
  });

  test('url without URLs names each that is missing', async () => {
    await expect(
      chooseModes(PARTS, 'url', { KAFKA_BROKERS: 'x:9092' }, () => Promise.resolve(false)),
    ).rejects.toMatchObject({
      code: 'INFRA_URL_MISSING',
      message: "INFRA is 'url' but POSTGRES_URL and REDIS_URL are not set.",
    });
  });

  test('a URL that is none is refused before anything is started, where it would be used', async () => {
    const env = { POSTGRES_URL: 'localhost:5432' };
    await expect(chooseModes(PARTS, undefined, env, () => Promise.resolve(true))).rejects.toMatchObject({
      code: 'INFRA_URL_INVALID',
      message: 'POSTGRES_URL must be a URL with its scheme, such as postgres://user@localhost:5432/postgres.',
    });
    expect((await chooseModes(PARTS, 'embedded', env, () => Promise.resolve(true))).get('postgres')).toBe('embedded');
  });

  test('docker without an engine says so', async () => {
    await expect(chooseModes(PARTS, 'docker', {}, () => Promise.resolve(false))).rejects.toMatchObject({
      code: 'INFRA_DOCKER_MISSING',
    });
  });
});

describe('the mode that is forced', () => {
  test('is the caller’s before the environment’s', () => {
    expect(forcedMode('docker', { INFRA: 'url' })).toBe('docker');
    expect(forcedMode(undefined, { INFRA: 'url' })).toBe('url');
    expect(forcedMode(undefined, { INFRA: '' })).toBeUndefined();
    expect(forcedMode(undefined, {})).toBeUndefined();
  });

  test('that is none of the three is refused with their names', () => {
    expect(() => forcedMode(undefined, { INFRA: 'podman' })).toThrow(
      "INFRA is 'podman' but must be one of url, docker, embedded.",
    );
  });
});

test('a URL is the one of its own variable', () => {
  expect(givenUrl('kafka', urls)).toBe('x:9092');
  expect(givenUrl('kafka', {})).toBeUndefined();
});

describe('several brokers', () => {
  test.each([
    ['Kafka by URL', 'url', false, 'unset KAFKA_BROKERS'],
    ['a container', 'docker', false, "set INFRA to 'embedded'"],
    ['servers with logins', 'embedded', true, 'leave security out'],
  ] as const)('are refused in one sentence for %s', (_case, mode, secured, remedy) => {
    const modes = new Map([['kafka', mode]] as const);
    expect(() => refuseBrokers(modes, 3, secured)).toThrow(
      `A Kafka of 3 brokers is started embedded alone, in plain text: ${remedy}.`,
    );
    expect(() => refuseBrokers(modes, 1, secured)).not.toThrow();
  });

  test('are taken embedded, or where no Kafka is asked for', () => {
    expect(() => refuseBrokers(new Map([['kafka', 'embedded']]), 3, false)).not.toThrow();
    expect(() => refuseBrokers(new Map([['redis', 'url']]), 3, false)).not.toThrow();
  });
});
