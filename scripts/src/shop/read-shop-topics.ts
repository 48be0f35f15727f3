import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { SERVICES } from '../installation/layout.js';
import type { ShopTopics } from '../kafka-access/kafka-rights.js';
import type { Shop } from './read-shop.js';

const schemaNames = z.object({ topics: z.array(z.string()) });

/**
 * The topics of a shop's own, as its compiled services name them.
 *
 * @throws CommandError with what a program says that does not name its topics
 */
export async function readShopTopics({ services }: Shop): Promise<ShopTopics> {
  const read = async (program: string): Promise<readonly string[]> => {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [program, 'schema']);
      return schemaNames.parse(JSON.parse(stdout)).topics;
    } catch (error) {
      throw new CommandError(`${program} does not name its topics when it is asked for its schema: ${String(error)}`, {
        cause: error,
      });
    }
  };
  return Object.fromEntries(
    await Promise.all(
      SERVICES.flatMap((name) => {
        const program = services[name];
        return program === undefined ? [] : [read(program).then((topics) => [name, topics] as const)];
      }),
    ),
  );
}
