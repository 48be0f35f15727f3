import { timelineSchema } from '@outrider/contracts';
import { CommandError } from '../cli/errors.js';
import type { Options } from './options.js';
import { oneLine, Shown } from './shown.js';
import { orderApi } from './targets.js';

/** What happened to an order, step by step. */
export async function timeline(options: Options, id: string): Promise<number> {
  const api = await orderApi(options);
  const found = await api.find(`/orders/${encodeURIComponent(id)}/timeline`, timelineSchema);
  if (found === undefined) throw new CommandError(`there is no order ${oneLine(id)}.`);
  new Shown(options.json === true).result(found, (screen) => {
    screen.heading(`order ${found.orderId}`);
    screen.rows(
      found.data.map(({ at, input, step, status, sent, eventId, reason, reasonDetail }) => [
        at,
        input,
        `${step} (${status})`,
        sent.length === 0 ? '' : `→ ${sent.join(', ')}`,
        [eventId === null ? '' : `event ${eventId}`, reason ?? '', oneLine(reasonDetail ?? '')]
          .filter(Boolean)
          .join(', '),
      ]),
    );
  });
  return 0;
}
