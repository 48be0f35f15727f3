/** Why a span was not sent. */
export const DROP_REASONS = ['queue_full', 'export_failed', 'too_many'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** The spans of this process since its start, as the exporter counts them and the metrics show them. */
export const spanCounts = {
  exported: 0,
  dropped: { queue_full: 0, export_failed: 0, too_many: 0 } satisfies Record<DropReason, number>,
};

let on = false;

/** Whether this process makes spans. Decided before anything else of the process is loaded. */
export function isTracing(): boolean {
  return on;
}

/** Called where an SDK is registered. */
export function setTracing(value: boolean): void {
  on = value;
}
