import type { CollectedSpan } from './collector.js';

/**
 * A trace as text, a line a span, each below its parent: milliseconds from the trace's begin, how many it took, the
 * process, the name.
 */
export function traceText(spans: readonly CollectedSpan[]): string {
  const first = spans.reduce((least, { startNs }) => (startNs < least ? startNs : least), spans[0]?.startNs ?? 0n);
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent: string | undefined): CollectedSpan[] =>
    spans
      .filter(({ parentSpanId: id }) => (id !== undefined && known.has(id) ? id : undefined) === parent)
      .toSorted((one, other) => Number(one.startNs - other.startNs));
  const lines = (parent: string | undefined, depth: number): string[] =>
    below(parent).flatMap((span) => {
      const at = msText(span.startNs - first);
      const took = msText(span.endNs - span.startNs);
      const name = `${'  '.repeat(depth)}${span.name}${span.failed ? '  FAILED' : ''}`;
      return [
        `${at.padStart(9)} ${took.padStart(7)}  ${span.service.padEnd(13)}  ${name}`,
        ...lines(span.spanId, depth + 1),
      ];
    });
  return [`${'at ms'.padStart(9)} ${'took'.padStart(7)}  ${'process'.padEnd(13)}  span`, ...lines(undefined, 0)].join(
    '\n',
  );
}

function msText(ns: bigint): string {
  return (Number(ns) / 1e6).toFixed(1);
}
