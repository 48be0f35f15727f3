/** A value in a unit of Grafana's, short enough for an axis. */
export function inUnit(value: number, unit: string): string {
  switch (unit) {
    case 's':
      return seconds(value);
    case 'percentunit':
      return `${digits(value * 100)} %`;
    case 'bytes':
      return value >= 2 ** 20 ? `${digits(value / 2 ** 20)} MiB` : `${digits(value / 2 ** 10)} KiB`;
    case 'ops':
    case 'reqps':
      return `${digits(value)}/s`;
    default:
      return digits(value);
  }
}

function seconds(value: number): string {
  if (value === 0) return '0 s';
  if (value < 1) return `${digits(value * 1_000)} ms`;
  return value < 120 ? `${digits(value)} s` : `${digits(value / 60)} min`;
}

/** Three digits that say something. */
function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-GB', { maximumFractionDigits: 3 });
}
