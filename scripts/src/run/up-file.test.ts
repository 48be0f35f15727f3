import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleUpFile } from './example-up-file.js';
import { findUpFile, isAlive, readUpFile, removeUpFile, upFilePath, writeUpFile, type UpFile } from './up-file.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'up-file-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('up.json', () => {
  it('is readable by its owner only, replaced whole, and leaves nothing beside it', async () => {
    await writeUpFile(root, exampleUpFile('one', 1));
    await writeUpFile(root, exampleUpFile('two', process.pid));
    expect((await stat(upFilePath(root))).mode & 0o777).toBe(0o600);
    expect(await readUpFile(root)).toEqual(exampleUpFile('two', process.pid));
    expect(await readdir(root)).toEqual(['up.json']);
  });

  it('is removed by the run that wrote it only', async () => {
    await writeUpFile(root, exampleUpFile('two', 2));
    await removeUpFile(root, 'one');
    expect(await findUpFile(root)).toBeDefined();
    await removeUpFile(root, 'two');
    await expect(readUpFile(root)).rejects.toThrow('start it with scripts/up');
  });

  it('distinguishes a living installation from one that was killed', async () => {
    await writeUpFile(root, exampleUpFile('one', 2 ** 22 + 1));
    await expect(readUpFile(root)).rejects.toThrow('run one was killed');
    expect(isAlive(exampleUpFile('one', process.pid))).toBe(true);
    expect(isAlive(exampleUpFile('one', 2 ** 22 + 1))).toBe(false);
  });

  it('takes an installation in a cluster for alive as long as its ports are forwarded', async () => {
    const inCluster = (forwarder: number): UpFile => {
      const file = exampleUpFile('one', 1);
      for (const part of Object.values(file.services)) part.pids = [];
      return { ...file, cluster: { namespace: 'shop', forwarder } };
    };
    await writeUpFile(root, inCluster(process.pid));
    expect(await readUpFile(root)).toEqual(inCluster(process.pid));
    expect(isAlive(inCluster(2 ** 22 + 1))).toBe(false);
  });

  it('says when the file is not its own', async () => {
    await writeFile(upFilePath(root), '{"runId": 7}');
    await expect(readUpFile(root)).rejects.toThrow('is not what scripts/up writes');
  });
});
