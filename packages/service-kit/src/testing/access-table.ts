import { readFileSync } from 'node:fs';
import { PROBLEMS, type ProblemKind } from '@outrider/contracts';
import { CALLER_NAMES, CALLERS, type Caller, type EndpointDefinition, type Outcome } from '../http/index.js';

const DOCUMENT = new URL('../../../../docs/access.md', import.meta.url);

/** The outcomes in docs/access.md for each operation of a section, by operationId. */
export type AccessTable = ReadonlyMap<string, Readonly<Record<Caller, Outcome>>>;

/** Reads a section as it is committed, whatever the definitions say. */
export function readAccessTable(section: string, document = readFileSync(DOCUMENT, 'utf8')): AccessTable {
  const [, text = ''] = document.split(`\n## ${section}\n`);
  const [head, , ...rows] = (text.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  if (head === undefined) throw new Error(`docs/access.md has no table of ${section}`);
  return new Map(
    rows.map((row) => {
      const cells = new Map(head.map((name, at) => [name, row[at] ?? '']));
      const outcomes = CALLER_NAMES.map((caller) => [caller, outcomeIn(cells.get(CALLERS[caller]))] as const);
      return [cells.get('operation') ?? '', Object.fromEntries(outcomes) as Record<Caller, Outcome>];
    }),
  );
}

/** `yes`, `yes, own`, `yes: scope`, or `[403](problems/forbidden.md)`. */
function outcomeIn(cell = ''): Outcome {
  if (cell.startsWith('yes')) return cell === 'yes, own' ? 'own' : 'yes';
  const kind = /^\[\d{3}\]\(problems\/([a-z-]+)\.md\)$/u.exec(cell)?.[1];
  if (kind === undefined || !Object.hasOwn(PROBLEMS, kind)) throw new Error(`docs/access.md has the cell "${cell}"`);
  return kind as ProblemKind;
}

/** Operation, caller as the table calls them, outcome, caller: every pair of them, whether the table knows it or not. */
export function accessCases(
  table: AccessTable,
  endpoints: readonly EndpointDefinition[],
): [string, string, Outcome | 'not in docs/access.md', Caller][] {
  return endpoints.flatMap(({ operationId }) =>
    CALLER_NAMES.map((caller): [string, string, Outcome | 'not in docs/access.md', Caller] => [
      operationId,
      CALLERS[caller],
      table.get(operationId)?.[caller] ?? 'not in docs/access.md',
      caller,
    ]),
  );
}
