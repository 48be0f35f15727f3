import { Transactor } from '../database/index.js';
import type { TestService } from './test-service.js';

/**
 * From now on no process of the service handles an event, while everything else goes on, its timers above all: as in an
 * outage, after which the events of that time are unread in the log. Until `resume`.
 */
export async function pauseConsumption({ app }: Pick<TestService, 'app'>): Promise<{ resume(): Promise<void> }> {
  const { promise: resumed, resolve: resume } = Promise.withResolvers<void>();
  const { promise: paused, resolve: begun } = Promise.withResolvers<void>();
  const outage = app.get(Transactor).run(async ({ sql }) => {
    // every batch moves its position first
    await sql.query('SELECT 1 FROM inbox_offset FOR UPDATE');
    begun();
    await resumed;
  });
  await Promise.race([paused, outage]);
  return {
    async resume() {
      resume();
      await outage;
    },
  };
}
