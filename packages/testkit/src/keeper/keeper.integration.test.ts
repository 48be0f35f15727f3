import { execFile } from 'node:child_process';
import { access, chmod, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { until } from '../until.js';
import type { Infra } from '../infra.js';
import { Keeper } from './keeper.js';
import { isAlive, Owner } from '../testing/owner.js';

const options = { mode: 'embedded', durable: false, parts: ['postgres', 'redis'] } as const;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function expectRunning(infra: Infra): Promise<void> {
  for (const pid of Object.values(infra.pids)) expect(await isAlive(pid)).toBe(true);
  expect(await exists(join(infra.dataDirectory, 'postgres'))).toBe(true);
}

async function expectNothingLeft(infra: Infra): Promise<void> {
  const pids = Object.values(infra.pids);
  expect(pids.length).toBeGreaterThan(1);
  await until('every process has ended', async () => !(await Promise.all(pids.map(isAlive))).includes(true));
  await until('the temporary folder is gone', async () => !(await exists(infra.dataDirectory)));
}

describe('no server and no folder is left by a program that', () => {
  test('stops its servers', async () => {
    const owner = Owner.run('stop', options);
    const infra = await owner.infra();
    expect(await owner.exited).toEqual({ code: 0, signal: null });
    await expectNothingLeft(infra);
  });

  test('forgets to stop them and runs out of work', async () => {
    const owner = Owner.run('forget', options);
    const infra = await owner.infra();
    expect(await owner.exited).toEqual({ code: 0, signal: null });
    await expectNothingLeft(infra);
  });

  test('throws', async () => {
    const owner = Owner.run('throw', options);
    const infra = await owner.infra();
    expect(await owner.exited).toEqual({ code: 1, signal: null });
    expect(owner.stderr).toContain('a bug in the program');
    await expectNothingLeft(infra);
  });

  test('is stopped by Ctrl-C', async () => {
    const owner = Owner.run('wait', options);
    const infra = await owner.infra();
    await expectRunning(infra);
    owner.pressCtrlC();
    expect(await owner.exited).toEqual({ code: null, signal: 'SIGINT' });
    await expectNothingLeft(infra);
  });

  test('is killed, all three servers running', async () => {
    const owner = Owner.run('wait', { mode: 'embedded', durable: false });
    const infra = await owner.infra();
    await expectRunning(infra);
    owner.kill('SIGKILL');
    await owner.exited;
    await expectNothingLeft(infra);
  });

  test('is killed while they start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'owner-'));
    // PostgreSQL may run as another user
    await chmod(folder, 0o711);
    const owner = Owner.run('wait', { mode: 'embedded', durable: false }, { TMPDIR: folder });
    await until('the first answers', () => owner.lines.some((line) => line.includes('ready')));
    owner.kill('SIGKILL');
    await owner.exited;
    await expect(owner.infra()).rejects.toThrow('ended before it had servers');
    await until('the temporary folder is gone', async () => (await readdir(folder)).length === 0);
    expect(await commandsWith(folder)).toEqual([]);
    await rmdir(folder);
  });
});

/** The command lines of all processes that speak of something. */
async function commandsWith(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.includes(text));
}

test('servers whose keeper is killed are stopped by their owner', async () => {
  const owner = Owner.run('wait', options);
  const infra = await owner.infra();
  process.kill(infra.pids.keeper!, 'SIGKILL');
  const { keeper: _keeper, ...servers } = infra.pids;
  await until(
    'the servers have ended',
    async () => !(await Promise.all(Object.values(servers).map(isAlive))).includes(true),
  );
  owner.kill('SIGKILL');
  await owner.exited;
});

test('a keeper that is gone refuses at once what it is asked', async () => {
  const keeper = await Keeper.start();
  process.kill(keeper.pid, 'SIGKILL');
  await until('it has ended', async () => !(await isAlive(keeper.pid)));
  await expect(keeper.removeAtEnd('/nowhere')).rejects.toMatchObject({ code: 'INFRA_START_FAILED' });
  await expect(keeper.removeAtEnd('/nowhere')).rejects.toMatchObject({ code: 'INFRA_START_FAILED' });
  await keeper.end();
});
