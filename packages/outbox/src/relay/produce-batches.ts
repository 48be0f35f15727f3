/** What one request carries. */
interface Sized {
  readonly topicPartition: string;
  readonly bytes: number;
}

/**
 * Splits events, in order, where one topic-partition would get more than `partitionBytes` by one request. An event that
 * alone is larger goes alone: the broker decides.
 */
export function produceBatches<E extends Sized>(events: readonly E[], partitionBytes: number): E[][] {
  const batches: E[][] = [];
  let batch: E[] = [];
  let sizes = new Map<string, number>();
  for (const event of events) {
    const size = sizes.get(event.topicPartition) ?? 0;
    if (size > 0 && size + event.bytes > partitionBytes) {
      batches.push(batch);
      batch = [];
      sizes = new Map();
    }
    batch.push(event);
    sizes.set(event.topicPartition, (sizes.get(event.topicPartition) ?? 0) + event.bytes);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Groups in the order in which they first appear, each in order. */
export function groupBy<E>(events: readonly E[], nameOf: (event: E) => string): E[][] {
  const groups = new Map<string, E[]>();
  for (const event of events) {
    const name = nameOf(event);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [event]);
    else group.push(event);
  }
  return [...groups.values()];
}
