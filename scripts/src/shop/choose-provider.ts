import { UsageError } from '../cli/errors.js';
import { DIALECTS } from '../installation/environment.js';
import type { Shop } from './read-shop.js';

/**
 * The payment provider of a run: the one that was asked for, else the environment's PAYMENT_PROVIDER, else the simulator.
 *
 * @throws UsageError when neither the core nor the shop has it
 */
export function chooseProvider(
  asked: string | undefined,
  shop: Shop | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const name = asked ?? (env['PAYMENT_PROVIDER'] || DIALECTS[0]);
  const known = [...DIALECTS, ...Object.keys(shop?.providers ?? {})];
  if (known.includes(name)) return name;
  const whence = asked === undefined ? ' (PAYMENT_PROVIDER)' : '';
  const advice = shop === undefined ? ' A shop of your own may bring others: --shop DIR.' : '';
  throw new UsageError(`There is no payment provider ${name}${whence}: there are ${known.join(', ')}.${advice}`);
}
