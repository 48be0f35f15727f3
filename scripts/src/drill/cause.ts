/** Something that goes wrong for real, and the alerts that are there for it. */
export interface Cause {
  /** for --only */
  readonly name: string;
  /** for people: what is done, and what makes it good again */
  readonly what: string;
  /** as `alertOf` names them */
  readonly fires: readonly string[];
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** When an alert fired and cleared, in seconds from the cause and from its end. */
export interface SeenAlert {
  readonly cause: string;
  readonly what: string;
  readonly alert: string;
  readonly firedAfter: number;
  readonly clearedAfter: number;
}

/** An alert by its name; of those that are there once for each part, with that part: `OutriderMetricsMissing product`. */
export function alertOf({ alertname = '', process }: Readonly<Record<string, string>>): string {
  return process === undefined ? alertname : `${alertname} ${process}`;
}
