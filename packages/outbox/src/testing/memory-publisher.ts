import { PublishError, type EventPublisher, type OutgoingEvent, type PublisherLane } from '../event-publisher.js';
import { partitionOf } from '../partition-of.js';

const PARTITIONS = 4;

/** What becomes of one request: throws to fail it, may wait. Called before anything of it arrives. */
export type Weather = (events: readonly OutgoingEvent[]) => Promise<void> | void;

/** A broker in memory: what arrived, in order. */
export class MemoryPublisher implements EventPublisher {
  readonly arrived: OutgoingEvent[] = [];
  requests = 0;
  opened = 0;

  constructor(public weather: Weather = () => {}) {}

  /** payloads of a key, in order of their first arrival */
  of(key: string): string[] {
    const seen = new Set<string>();
    return this.arrived.flatMap((event) => {
      if (event.key !== key || seen.has(event.eventId)) return [];
      seen.add(event.eventId);
      return [event.payload];
    });
  }

  open(): PublisherLane {
    this.opened += 1;
    return {
      prepare: () => Promise.resolve(),
      partitionOf: (_topic, key) => partitionOf(key, PARTITIONS),
      send: async (events) => {
        this.requests += 1;
        await this.weather(events);
        this.arrived.push(...events);
      },
      close: () => Promise.resolve(),
    };
  }

  /** The broker does not serve a partition; what a request has for the others arrives, as on a real broker. */
  lacks(partition: number): void {
    this.weather = (events) => {
      const served = events.filter(({ key }) => partitionOf(key, PARTITIONS) !== partition);
      if (served.length === events.length) return;
      this.arrived.push(...served);
      throw brokerAway();
    };
  }
}

export function brokerAway(): PublishError {
  return new PublishError('broker', 'KafkaJSConnectionError', { cause: new Error('connection refused') });
}

/** Refuses every request in which an event has one of these payloads. */
export function refusing(poison: ReadonlySet<string>): Weather {
  return (events) => {
    const bad = events.find(({ payload }) => poison.has(payload));
    if (bad !== undefined) {
      throw new PublishError('event', 'MESSAGE_TOO_LARGE', { cause: new Error(`refused: ${bad.payload}`) });
    }
  };
}
