import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { IMAGE_HEAP } from '../installation/programs.js';
import { PROJECT_ROOT } from '../run/project.js';
import { CommandSandbox } from '../testing/started-command.js';
import { findDocker } from './find-docker.js';

jest.setTimeout(600_000);

const run = promisify(execFile);
const docker = await findDocker().catch(() => undefined);
const testWithDocker = docker === undefined ? test.skip : test;

const TAG = `test-${randomBytes(4).toString('hex')}`;
const SHOP = join(PROJECT_ROOT, 'examples/custom-shop');
const IMAGES = ['outrider/payment', 'outrider/reconciler', 'custom-shop/payment', 'custom-shop/credit-check'];

let sandbox: CommandSandbox;
beforeAll(async () => {
  sandbox = await CommandSandbox.make();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await run(docker ?? 'docker', ['image', 'rm', ...IMAGES.map((name) => `${name}:${TAG}`)]).catch(() => undefined);
});

/** What an image's process says before it ends with a code that is not 0. */
async function refusal(image: string, ...env: string[]): Promise<unknown> {
  const settings = env.map((one) => `--env=${one}`);
  const args = ['run', '--rm', '--read-only', '--cap-drop=ALL', ...settings, `${image}:${TAG}`];
  return run(docker ?? '', args).catch((error: { stderr: string }) => error.stderr);
}

testWithDocker(
  'images of a shop run its own service on the core’s, and its programs beside them (needs Docker)',
  async () => {
    const images = sandbox.start('images', ['--shop', SHOP, '--tag', TAG, 'payment', 'credit-check']);
    expect({ code: await images.ended, output: images.output }).toMatchObject({ code: 0 });
    const built = images.stdout.match(/\S+(?= built in)/gu);
    expect(built).toEqual(IMAGES.map((name) => `${name}:${TAG}`));
    // the provider is the shop's: the core's payment service knows none of this name
    expect(await refusal('custom-shop/payment', 'PAYMENT_PROVIDER=acme')).toContain('ACME_TOKEN: is missing');
    expect(await refusal('custom-shop/credit-check')).toContain('KAFKA_BROKERS: is missing');
    // as the core's do
    const { stdout } = await run(docker ?? '', [
      'inspect',
      '--format',
      '{{json .Config}}',
      `custom-shop/payment:${TAG}`,
    ]);
    const { Entrypoint: entry, Env: env } = JSON.parse(stdout) as { Entrypoint: string[]; Env: string[] };
    expect(entry).toContain(IMAGE_HEAP.argument);
    expect(env).toContain(`NODE_OPTIONS=${IMAGE_HEAP.nodeOptions}`);
    const look = `console.log(require('node:fs').readdirSync('/app/shop',{recursive:true}).join('\\n'))`;
    const args = ['run', '--rm', '--entrypoint', '/nodejs/bin/node', `custom-shop/payment:${TAG}`, '-e', look];
    const files = (await run(docker ?? '', args)).stdout.split('\n');
    expect(files).toContain('dist/payment/main.js');
    expect(files.filter((file) => /\.d\.ts|\.test\.js|testing|tsbuildinfo/u.test(file))).toEqual([]);
  },
);

test('an image that neither the core nor the shop has is refused, with those that there are', async () => {
  const images = sandbox.start('images', ['--shop', SHOP, 'credit-chek']);
  expect({ code: await images.ended, output: images.output }).toMatchObject({ code: 2 });
  expect(images.output).toContain('There is no image credit-chek: they are order, inventory,');
  expect(images.output).toContain('simulator, warehouse, credit-check.');
});
