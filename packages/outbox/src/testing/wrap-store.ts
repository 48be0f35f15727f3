import type { LaneStore, OutboxStore, StoreSession } from '../outbox-store.js';

/** A store some of whose calls are replaced. */
export function wrapStore(
  store: OutboxStore,
  wrap: {
    readonly lane?: (of: LaneStore) => Partial<LaneStore>;
    readonly session?: (of: StoreSession) => Partial<StoreSession>;
  },
): OutboxStore {
  return {
    connect: async (lanes, events) => {
      const of = await store.connect(lanes, events);
      const wrapped = of.lanes.map((lane) => ({ ...lane, ...wrap.lane?.(lane) }));
      return { ...of, lanes: wrapped, ...wrap.session?.(of) };
    },
  };
}
