import type { FaultTest } from './find-fault-tests.js';
import { FAULTS } from './fault-titles.js';

/** docs/faults.md: which tests stand for which fault. @throws Error when a test names a fault that there is not */
export function renderFaults(tests: readonly FaultTest[]): string {
  for (const { faults, path } of tests) {
    const unknown = faults.find((fault) => !FAULTS.has(fault));
    if (unknown !== undefined) throw new Error(`${path} names ${unknown}, which is no fault`);
  }
  const open = [...FAULTS.keys()].filter((fault) => !tests.some(({ faults }) => faults.includes(fault)));
  return [
    '# Faults and their tests',
    '',
    'Made from the names of the tests by `npm run docs:faults`; do not edit.',
    '',
    `${FAULTS.size - open.length} of ${FAULTS.size} faults have a test.${open.length > 0 ? ` Still without: ${open.join(', ')}.` : ''}`,
    ...[...FAULTS].flatMap(([fault, title]) => [
      '',
      `## ${fault} ${title}`,
      '',
      ...rows(tests.filter(({ faults }) => faults.includes(fault))),
    ]),
    '',
  ].join('\n');
}

function rows(tests: readonly FaultTest[]): string[] {
  if (tests.length === 0) return ['No test yet.'];
  return tests.map(({ title, path }) => `- ${title} ([${path.split('/').at(-1)}](../${path}))`);
}
