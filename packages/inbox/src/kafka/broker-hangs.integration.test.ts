import { expect, test } from '@jest/globals';
import { startInfra, until } from '@outrider/testkit';
import { CLIENTS, openKafkaLog } from '../testing/kafka-log.js';
import { Counts, fact, inboxOf, insertEffects, openShop } from '../testing/shop.js';

test.each(CLIENTS)(
  '%s: a broker that hangs in the middle of a batch, longer than the session, and comes back: all effects once',
  async (client) => {
    const infra = await startInfra({ mode: 'embedded', durable: false, parts: ['kafka'] });
    const shop = await openShop();
    const log = await openKafkaLog(client, 2, infra.brokers);
    const broker = infra.pids.kafka!;
    const counts = new Counts();
    let handled = 0;
    const inbox = inboxOf(
      shop,
      log.consumer(),
      async (tx, messages) => {
        await insertEffects(tx, messages);
        handled += messages.length;
        if (handled === 20) process.kill(broker, 'SIGSTOP');
      },
      { observer: counts.observer, settings: { maxBatch: 10 } },
    );
    try {
      const amounts = Array.from({ length: 100 }, (_, n) => n);
      for (const partition of [0, 1]) {
        await log.append(
          partition,
          amounts.map((amount) => fact(`p${partition}`, amount)),
        );
      }
      expect(inbox.problem).toBe('has not joined its group yet');
      await inbox.start();
      await until('the broker hangs', () => handled >= 20);
      expect(inbox.problem).toBeNull();
      // what was fetched is handled meanwhile; then nothing comes any more, and the requests in flight time out
      await until('the session has passed', () => /^no word from the broker for \d+ s$/.test(inbox.problem ?? ''));
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      expect(inbox.problem).not.toBeNull();
      process.kill(broker, 'SIGCONT');
      await log.append(0, [fact('p0', 100)]);
      await until('all are handled', async () => (await shop.effects()).length >= 201);
      await until('the group has it again', () => inbox.problem === null);
      expect(await shop.effects('p0')).toEqual([...amounts, 100]);
      expect(await shop.effects('p1')).toEqual(amounts);
    } finally {
      process.kill(broker, 'SIGCONT');
      await inbox.stop();
      await log.close();
      await shop.close();
      await infra.stop();
    }
  },
  120_000,
);
