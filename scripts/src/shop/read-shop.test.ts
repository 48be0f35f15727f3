import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { chooseProvider } from './choose-provider.js';
import { readShop, type Shop } from './read-shop.js';

describe('the description of a shop', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outrider-shop-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const described = async (outrider: unknown): Promise<Shop> => {
    await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'a-shop', outrider }));
    return readShop(directory);
  };

  test('names programs by their paths in its folder; what is left out is the core’s', async () => {
    expect(await described({ services: { order: 'dist/order/main.js' } })).toEqual({
      name: 'a-shop',
      version: undefined,
      directory,
      services: { order: join(directory, 'dist/order/main.js') },
      processes: {},
      providers: {},
      allows: { otherTotals: false, refusals: [], failures: [] },
    });
  });

  test.each([
    ['a service that there is not', { services: { orders: 'dist/a.js' } }, /outrider\.services.*orders/u],
    [
      'a source',
      { services: { order: 'src/main.ts' } },
      /outrider\.services\.order: must be the path of a built file/u,
    ],
    ['a path outside', { processes: { a: '/bin/a.js' } }, /outrider\.processes\.a: must be/u],
    [
      'a name in capitals',
      { processes: { Warehouse: 'dist/w.js' } },
      /outrider\.processes\.Warehouse: must be lower-case letters/u,
    ],
    [
      'the name of a process of the core',
      { processes: { reconciler: 'dist/r.js' } },
      /outrider\.processes\.reconciler: is the name of a process of the core/u,
    ],
    ['a word that means nothing', { service: {} }, /outrider: .*service/u],
    ['a reason that there is not', { allows: { failures: ['check-refuse'] } }, /outrider\.allows\.failures\.0: /u],
    ['nothing', undefined, /it has no "outrider", which names the shop's programs/u],
  ])('with %s is refused in one line', async (_, outrider, message) => {
    const refusal = await described(outrider).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'UsageError', message: expect.stringMatching(message) });
    expect((refusal as Error).message).not.toContain('\n');
  });

  test('that is not there, or is not JSON, is named', async () => {
    await expect(readShop(join(directory, 'none'))).rejects.toThrow(
      /is no shop: .*package\.json cannot be read \(ENOENT\)/u,
    );
    await writeFile(join(directory, 'package.json'), '{');
    await expect(readShop(directory)).rejects.toThrow('package.json is not JSON');
  });

  test.each(['custom-shop', 'create-outrider-shop'])('of examples/%s names four services', async (name) => {
    const shop = await readShop(join(PROJECT_ROOT, 'examples', name));
    expect(Object.keys(shop.services)).toEqual(['order', 'inventory', 'payment', 'product']);
  });
});

describe('the payment provider of a run', () => {
  const shop = { providers: { acme: { standIn: 'x.js', settings: {} } } } as unknown as Shop;

  test('is the one that is asked for, else the environment’s, else the simulator', () => {
    expect(chooseProvider('acme', shop, { PAYMENT_PROVIDER: 'stripe' })).toBe('acme');
    expect(chooseProvider(undefined, shop, { PAYMENT_PROVIDER: 'acme' })).toBe('acme');
    expect(chooseProvider(undefined, undefined, { PAYMENT_PROVIDER: '' })).toBe('simulator');
  });

  test('is refused where nobody has it, with those that there are', () => {
    expect(() => chooseProvider('acme', undefined, {})).toThrow(
      'There is no payment provider acme: there are simulator, stripe. A shop of your own may bring others: --shop DIR.',
    );
    expect(() => chooseProvider(undefined, shop, { PAYMENT_PROVIDER: 'acne' })).toThrow(
      'There is no payment provider acne (PAYMENT_PROVIDER): there are simulator, stripe, acme.',
    );
  });
});
