import type { LaneStore, OutboxStore, StoreSession } from '../outbox-store.js';

/** A store some of whose calls are replaced. */
export function wrapStore(
  store: OutboxStore,
  wrap: {
    readonly lane?: (of: LaneStore) => Partial<LaneStore>;
    readonly session?: (of: StoreSession) => Partial<StoreSession>;
  },
): OutboxStore {
  const lane = (of: LaneStore): LaneStore => ({
    readPage: (...args) => of.readPage(...args),
    readPageAndAge: (...args) => of.readPageAndAge(...args),
    acknowledge: (...args) => of.acknowledge(...args),
    park: (...args) => of.park(...args),
    follow: (...args) => of.follow(...args),
    unpark: (...args) => of.unpark(...args),
    forget: (...args) => of.forget(...args),
    ...wrap.lane?.(of),
  });
  return {
    connect: async (lanes, events) => {
      const of = await store.connect(lanes, events);
      return {
        listens: of.listens,
        lanes: of.lanes.map(lane),
        tend: (...args) => of.tend(...args),
        claim: (...args) => of.claim(...args),
        release: (...args) => of.release(...args),
        probe: (...args) => of.probe(...args),
        leave: (...args) => of.leave(...args),
        announceFree: () => of.announceFree(),
        close: () => of.close(),
        ...wrap.session?.(of),
      };
    },
  };
}
