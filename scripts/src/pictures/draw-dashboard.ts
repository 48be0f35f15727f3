import { fillIn } from '../monitoring/fill-in.js';
import type { DashboardPlan } from '../monitoring/panel.js';
import type { PrometheusApi, Range } from '../monitoring/prometheus-api.js';
import { drawPanel, escapeXml, legendOf, PANEL, type DrawnPanel } from './draw-panel.js';

const COLUMNS = 3;
const HEADING = 34;
/** More lines than this cannot be distinguished. */
const MOST_SERIES = 8;

/** Asks a Prometheus what the panels of a dashboard show. */
export async function panelsOf(
  { panels }: DashboardPlan,
  prometheus: PrometheusApi,
  range: Range,
): Promise<readonly DrawnPanel[]> {
  const drawn: DrawnPanel[] = [];
  for (const { title, unit, queries } of panels) {
    const series: DrawnPanel['series'][number][] = [];
    for (const { expr, legend } of queries) {
      const found = await prometheus.range(fillIn(expr, '.*'), range);
      series.push(...found.map(({ labels, points }) => ({ legend: legendOf(legend, labels), points })));
    }
    const highest = (points: DrawnPanel['series'][number]['points']): number =>
      Math.max(...points.map(([, value]) => (Number.isFinite(value) ? value : 0)));
    const most = series.toSorted((a, b) => highest(b.points) - highest(a.points)).slice(0, MOST_SERIES);
    drawn.push({ title, unit, series: most, from: range.from, to: range.to });
  }
  return drawn;
}

/** An SVG of a dashboard. */
export function drawDashboard(title: string, panels: readonly DrawnPanel[]): string {
  const width = COLUMNS * PANEL.width;
  const height = HEADING + Math.ceil(panels.length / COLUMNS) * PANEL.height;
  const groups = panels.map((panel, at) => {
    const [left, top] = [(at % COLUMNS) * PANEL.width, HEADING + Math.floor(at / COLUMNS) * PANEL.height];
    return `<g transform="translate(${left} ${top})">\n${drawPanel(panel)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10" fill="#333">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="22" font-size="15" font-weight="bold">${escapeXml(title)}</text>
${groups.join('\n')}
</svg>
`;
}
