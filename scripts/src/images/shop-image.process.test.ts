import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { authoritiesOf, buildImage } from './build-images.js';
import { findDocker } from './find-docker.js';
import { imageReference } from './image-names.js';

jest.setTimeout(600_000);

const run = promisify(execFile);
const docker = await findDocker().catch(() => undefined);
const testWithDocker = docker === undefined ? test.skip : test;

const TAG = `test-${randomBytes(4).toString('hex')}`;
const SHOP = `my-shop-payment:${TAG}`;

/** The Dockerfile of docs/extending.md, for another service, on an image of the core. */
async function dockerfile(core: string): Promise<string> {
  const guide = await readFile(join(PROJECT_ROOT, 'docs/extending.md'), 'utf8');
  const text = /```dockerfile\n([\s\S]*?)```/u.exec(guide)?.[1] ?? '';
  return text.replace(/^FROM .*$/mu, `FROM ${core}`).replace('dist/order/main.js', 'dist/payment/main.js');
}

testWithDocker(
  'an image that docs/extending.md builds on the core’s runs the shop’s own service (needs Docker)',
  async () => {
    const name = docker ?? '';
    const caFile = await authoritiesOf(process.env);
    const target = {
      docker: name,
      target: 'run',
      tag: TAG,
      registry: '',
      nodeBase: undefined,
      runBase: undefined,
    } as const;
    const core = await buildImage('payment', { ...target, caFile }, { version: '1.2.3', revision: undefined });
    const context = await mkdtemp(join(tmpdir(), 'outrider-shop-image-'));
    try {
      for (const part of ['dist', 'package.json']) {
        await cp(join(PROJECT_ROOT, 'examples/custom-shop', part), join(context, part), { recursive: true });
      }
      await writeFile(join(context, 'Dockerfile'), await dockerfile(core));
      await run(name, ['build', '--quiet', `--tag=${SHOP}`, context]);
      // the provider is the shop's: the core's payment service knows none of this name
      const refused = run(name, ['run', '--rm', '--read-only', '--cap-drop=ALL', '--env=PAYMENT_PROVIDER=acme', SHOP]);
      await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('ACME_TOKEN: is missing') });
    } finally {
      await rm(context, { recursive: true });
      await run(name, ['image', 'rm', SHOP, imageReference('payment', TAG)]).catch(() => undefined);
    }
  },
);
