import type { Timeline } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { entryReason } from '../domain/reason.js';
import { OrderEntity } from '../persistence/entities/order.entity.js';
import { TimelineEntity } from '../persistence/entities/timeline.entity.js';
import { forAdmins, visibleTo, type Viewer } from './viewer.js';

/** What happened to an order, in order; undefined when there is none, or none that the viewer may see. */
export async function getTimeline(transactor: Transactor, viewer: Viewer, id: string): Promise<Timeline | undefined> {
  const { em } = transactor.read();
  if ((await em.count(OrderEntity, { id, ...visibleTo(viewer) })) === 0) return undefined;
  const rows = await em.find(TimelineEntity, { orderId: id }, { orderBy: { version: 'asc' } });
  return {
    orderId: id,
    data: rows.map(({ at, input, step, status, eventId, sent, reason, reasonDetail }) => {
      const why = entryReason({ reason: reason ?? null, detail: reasonDetail ?? null }, input, status);
      return {
        at: at.toISOString(),
        input,
        step,
        status,
        eventId: eventId ?? null,
        sent,
        reason: why.code,
        ...forAdmins(viewer, { reasonDetail: why.detail }),
      };
    }),
  };
}
