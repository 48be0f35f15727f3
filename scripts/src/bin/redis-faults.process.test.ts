import { expect, jest, test } from '@jest/globals';
import { InfraError, OwnRedis } from '@outrider/testkit';
import { Shoppers } from '../testing/shoppers.js';
import { CommandSandbox } from '../testing/started-command.js';

jest.setTimeout(240_000);

const ORDERS = 200;
/** Reads between one thing that happens to Redis and the next. */
const A_WHILE = 60;

// Where there is Docker and nothing else, no server can be had whose process a test may stop.
const redis = await OwnRedis.open().catch((error: unknown) => {
  if (error instanceof InfraError) return undefined;
  throw error;
});

(redis === undefined ? test.skip : test)(
  'F32 F47 Redis stopped, flushed, hung and back with an old dump while orders run: no read fails, the numbers are right at the end (needs a Redis server)',
  async () => {
    await using _redis = redis!;
    await using sandbox = await CommandSandbox.make();
    const up = sandbox.start('up', [], { REDIS_URL: redis!.url });
    const { services } = await up.upFile();
    await using shoppers = new Shoppers(services.product.url);
    const placing = sandbox.start('place-orders', ['--json', await sandbox.orders(ORDERS)]);
    await placing.until('orders were placed', () => placing.output.includes('in stock') || undefined);
    let rounds = 0;
    do {
      await redis!.kill();
      await shoppers.see(A_WHILE);
      await redis!.start();
      await shoppers.see(A_WHILE);
      await redis!.flush();
      await shoppers.see(A_WHILE);
      redis!.pause();
      await shoppers.see(A_WHILE);
      redis!.resume();
      await shoppers.see(A_WHILE);
      await redis!.save();
      await shoppers.see(A_WHILE);
      await redis!.kill();
      await redis!.start();
      await shoppers.see(A_WHILE);
      rounds += 1;
    } while (!placing.over);
    expect({ code: await placing.ended, output: placing.output }).toMatchObject({ code: 0 });
    expect(JSON.parse(placing.stdout)).toMatchObject({ ok: true, orders: ORDERS, statuses: { COMPLETED: ORDERS } });
    expect(shoppers.failures).toEqual([]);
    const balance = sandbox.start('balance', []);
    expect({ code: await balance.ended, output: balance.output }).toMatchObject({ code: 0 });
    process.stderr.write(`  ${shoppers.reads} reads through ${rounds} rounds of faults\n`);
  },
);
