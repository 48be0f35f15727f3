import { Transactor } from '../database/index.js';
import type { TestService } from './index.js';

/**
 * From now on no process of the service takes in any event, while all else of it goes on, its clocks above all: as after
 * an outage, when what came meanwhile stands in the log unread. Until `end`.
 */
export async function deafen({ app }: Pick<TestService, 'app'>): Promise<{ end(): Promise<void> }> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const { promise: deaf, resolve: begun } = Promise.withResolvers<void>();
  const outage = app.get(Transactor).run(async ({ sql }) => {
    // every batch moves its position first
    await sql.query('SELECT 1 FROM inbox_offset FOR UPDATE');
    begun();
    await over;
  });
  await Promise.race([deaf, outage]);
  return {
    async end() {
      end();
      await outage;
    },
  };
}
