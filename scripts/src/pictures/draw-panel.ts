import type { Series } from '../monitoring/prometheus-api.js';
import { inUnit } from './units.js';

/** What a panel shows over a stretch of time. */
export interface DrawnPanel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly { readonly legend: string; readonly points: Series['points'] }[];
  readonly from: number;
  readonly to: number;
}

export const PANEL = { width: 360, height: 190 } as const;
const PLOT = { left: 52, top: 26, width: 296, height: 92 } as const;
const LEGENDS = 4;
const LEGEND_HEIGHT = 13;
const LONGEST_LEGEND = 52;
/** distinguishable without seeing red and green */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#6b6b6b', '#b8a000'] as const;

/** A title in words that XML takes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The text of a legend with the values of a series' labels in it; of a file's path the last folder and the name. */
export function legendOf(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/gu, (_, name: string) => shown(name, labels[name] ?? '')).trim();
}

function shown(name: string, value: string): string {
  return name !== 'file' ? value : value.replace(/^\/.*\/(?=[^/]+\/[^/]+$)/u, '');
}

const place = (value: number): string => String(Math.round(value * 10) / 10);

/** A panel as a group of an SVG, at its own origin. */
export function drawPanel({ title, unit, series, from, to }: DrawnPanel): string {
  const shown = series
    .map(({ legend, points }) => ({ legend, points: points.filter(([, value]) => Number.isFinite(value)) }))
    .filter(({ points }) => points.length > 0);
  const highest = Math.max(0, ...shown.flatMap(({ points }) => points.map(([, value]) => value)));
  // nothing but zeros is a line at the bottom
  const top = highest === 0 ? 1 : highest;
  const x = (time: number): number => PLOT.left + ((time - from) / Math.max(1, to - from)) * PLOT.width;
  const y = (value: number): number => PLOT.top + PLOT.height - (value / top) * PLOT.height;
  const lines = shown.map(({ points }, at) => {
    const path = points
      .map(([time, value], n) => `${n === 0 ? 'M' : 'L'}${place(x(time))} ${place(y(value))}`)
      .join('');
    return `<path d="${path}" fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="1.3"/>`;
  });
  const bottom = PLOT.top + PLOT.height;
  const legends = shown.slice(0, LEGENDS).map(({ legend, points }, at) => {
    const last = points.at(-1)?.[1] ?? 0;
    const name = legend.length > LONGEST_LEGEND ? `${legend.slice(0, LONGEST_LEGEND)}…` : legend;
    const text = escapeXml(`${name}  ${inUnit(last, unit)}`);
    return `<text x="${PLOT.left}" y="${bottom + 26 + at * LEGEND_HEIGHT}" fill="${COLOURS[at]}">${text}</text>`;
  });
  const more =
    shown.length > LEGENDS
      ? `<text x="${PLOT.left + PLOT.width}" y="16" text-anchor="end">${LEGENDS} of ${shown.length} named</text>`
      : '';
  const nothing = `<text x="${PLOT.left + PLOT.width / 2}" y="${PLOT.top + PLOT.height / 2}" text-anchor="middle">nothing to show</text>`;
  return [
    `<text x="12" y="16" font-weight="bold">${escapeXml(title)}</text>`,
    `<path d="M${PLOT.left} ${PLOT.top}V${bottom}H${PLOT.left + PLOT.width}" fill="none" stroke="#999"/>`,
    ...(shown.length === 0 ? [nothing] : []),
    `<text x="${PLOT.left - 4}" y="${PLOT.top + 8}" text-anchor="end">${inUnit(highest, unit)}</text>`,
    `<text x="${PLOT.left - 4}" y="${bottom}" text-anchor="end">0</text>`,
    `<text x="${PLOT.left + PLOT.width}" y="${bottom + 12}" text-anchor="end">${inUnit(to - from, 's')}</text>`,
    ...lines,
    ...legends,
    more,
  ]
    .filter((part) => part !== '')
    .join('\n');
}
