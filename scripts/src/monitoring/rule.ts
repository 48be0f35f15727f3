/** A rule that records a series under a new name. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** critical: wake somebody; warning: within the working day. */
export type Severity = 'critical' | 'warning';

export interface Alert {
  /** the page docs/runbooks/<alert>.md explains it */
  readonly alert: string;
  readonly expr: string;
  /** how long it must be so, in Prometheus' notation */
  readonly for: string;
  readonly severity: Severity;
  /** one line, for a pager */
  readonly summary: string;
  /** labels beside the severity */
  readonly labels?: Readonly<Record<string, string>>;
  /** with the numbers */
  readonly description: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | Alert)[];
}
