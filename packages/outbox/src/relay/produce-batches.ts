/** What goes out by one request. */
interface Sized {
  readonly place: string;
  readonly bytes: number;
}

/**
 * Splits events, in order, where one place would get more than it takes at once. An event that alone is larger goes
 * alone: the broker says what it thinks of it.
 */
export function wavesOf<E extends Sized>(events: readonly E[], placeBytes: number): E[][] {
  const waves: E[][] = [];
  let wave: E[] = [];
  let sizes = new Map<string, number>();
  for (const event of events) {
    const size = sizes.get(event.place) ?? 0;
    if (size > 0 && size + event.bytes > placeBytes) {
      waves.push(wave);
      wave = [];
      sizes = new Map();
    }
    wave.push(event);
    sizes.set(event.place, (sizes.get(event.place) ?? 0) + event.bytes);
  }
  if (wave.length > 0) waves.push(wave);
  return waves;
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
