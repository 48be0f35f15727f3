/** By what a subject gets into servers that speak TLS and want a login. */
export interface Access {
  /** of PostgreSQL and of Kafka; both log in by certificate */
  readonly user: string;
  /** `host:port` for who logs in by certificate */
  readonly brokers: readonly string[];
  /** PEM */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** Where a subject works, and on what. */
export interface SubjectConfig {
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  /** event number n has key n modulo their number */
  readonly keys: readonly string[];
  /** events of a key go out one after the other, in the order in which they were written */
  readonly ordered: boolean;
  /** what a subject understands of its own: how it connects, say */
  readonly variant: string;
  /** undefined: in plain text, without a login */
  readonly access?: Access | undefined;
}

/** Bench to subject, one after the other: each is answered before the next. */
export type Command =
  /** begin to work; answered when it would take an event at once */
  | { readonly kind: 'start'; readonly config: SubjectConfig }
  /** write so many events, none of which goes out yet */
  | { readonly kind: 'fill'; readonly events: number }
  /** let them go; answered when all of them are acknowledged, by the broker and in the database */
  | { readonly kind: 'release' }
  /** when the broker acknowledged which event, since the last time it was asked */
  | { readonly kind: 'acks' }
  | { readonly kind: 'stop' };

/** A point in time of the machine's monotonic clock, in nanoseconds, as text: the same in all processes. */
export type MonotonicNs = string;

export type Report =
  | { readonly kind: 'done' }
  | { readonly kind: 'drained'; readonly ms: number; readonly cpuMicros: number }
  | { readonly kind: 'acks'; readonly acks: readonly (readonly [eventId: string, at: MonotonicNs])[] }
  | { readonly kind: 'failed'; readonly message: string };
