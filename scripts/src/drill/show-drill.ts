import type { SeenAlert } from './cause.js';

const seconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;

/** A table in Markdown, a line for each alert; a cause is named once. */
export function renderDrill(seen: readonly SeenAlert[]): string {
  const rows = seen.map(({ what, alert, firedAfter, clearedAfter }, at) => {
    const named = seen[at - 1]?.what === what ? '' : what;
    return `| ${named} | ${alert} | ${seconds(firedAfter)} | ${seconds(clearedAfter)} |`;
  });
  return ['| cause, and its end | alert | firing after | gone after its end |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}
