import type { EventPublisher, PublisherLane } from '../event-publisher.js';
import { laneOptions, type PlacingOptions } from '../kafka/kafka-event-publisher.js';
import { KafkaPublisherLane, type KafkaPublisherLaneOptions } from '../kafka/kafka-publisher-lane.js';
import { PlatformaticClient, type PlatformaticConfig } from './platformatic-client.js';

export type { PlatformaticConfig } from './platformatic-client.js';

export interface PlatformaticEventPublisherOptions extends PlacingOptions {
  readonly kafka: PlatformaticConfig;
  /** For a connection, and for an answer, in milliseconds: a third of the lease at most; see requestTimeoutMs. */
  readonly requestTimeoutMs: number;
}

/** EventPublisher on @platformatic/kafka: a producer for each lane. */
export class PlatformaticEventPublisher implements EventPublisher {
  readonly #lane: KafkaPublisherLaneOptions;

  constructor({ kafka, requestTimeoutMs, ...placing }: PlatformaticEventPublisherOptions) {
    this.#lane = laneOptions(new PlatformaticClient(kafka, requestTimeoutMs), placing);
  }

  open(): PublisherLane {
    return new KafkaPublisherLane(this.#lane);
  }
}
