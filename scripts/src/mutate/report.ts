import type { Fate, Result } from './mutant.js';

export interface Counts extends Readonly<Record<Fate, number>> {
  readonly mutants: number;
}

export function count(results: readonly Result[]): Counts {
  const counts = { mutants: results.length, killed: 0, timeout: 0, refused: 0, survived: 0, untested: 0 };
  for (const { fate } of results) counts[fate]++;
  return counts;
}

/** The survivors by file and line, then the counts of each file and of all. */
export function textReport(results: readonly Result[]): string {
  const lines: string[] = [];
  const byFile = Map.groupBy(results, ({ path }) => path);
  for (const [path, ofFile] of byFile) {
    for (const { line, operator, before, after } of ofFile.filter(({ fate }) => fate === 'survived')) {
      lines.push(`${path}:${line}  ${operator}: ${shown(before)} → ${shown(after)}`);
    }
  }
  if (lines.length > 0) lines.push('');
  for (const [path, ofFile] of byFile) lines.push(`${path}: ${sentence(count(ofFile))}`);
  lines.push(`All: ${sentence(count(results))}`);
  return lines.join('\n');
}

function sentence({ mutants, killed, timeout, refused, survived, untested }: Counts): string {
  const parts = [`${killed + timeout} noticed by tests`];
  if (refused > 0) parts.push(`${refused} by the compiler`);
  parts.push(`${survived} survived`);
  if (untested > 0) parts.push(`${untested} without a test`);
  return `${mutants} mutants, ${parts.join(', ')}`;
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  if (line === '') return '(nothing)';
  return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-28)}` : line;
}
