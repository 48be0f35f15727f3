import type { Timeline } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { entryReason } from '../domain/reason.js';
import { readTimeline } from '../persistence/statements/read-timeline.js';
import { customerOf, forAdmins, type Viewer } from './viewer.js';

/** What happened to an order, in order; undefined when there is none, or none that the viewer may see. */
export async function getTimeline(transactor: Transactor, viewer: Viewer, id: string): Promise<Timeline | undefined> {
  const rows = await readTimeline(transactor.read(), id, customerOf(viewer));
  if (rows.length === 0) return undefined;
  return {
    orderId: id,
    data: rows.map(({ at, input, step, status, eventId, sent, reason, reasonDetail }) => {
      const why = entryReason({ reason, detail: reasonDetail }, input, status);
      return {
        at: at.toISOString(),
        input,
        step,
        status,
        eventId,
        sent: [...sent],
        reason: why.code,
        ...forAdmins(viewer, { reasonDetail: why.detail }),
      };
    }),
  };
}
