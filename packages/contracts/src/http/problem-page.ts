import { exampleProblem } from './problem-examples.js';
import { PROBLEM_GUIDE, type ProblemGuide } from './problem-guide.js';
import { PROBLEMS, type ProblemKind } from './problem.js';

const RETRY: Readonly<Record<ProblemGuide['retry'], string>> = {
  same: 'Yes: the same request may succeed later.',
  changed: 'No: the same request fails again; a changed one may succeed.',
  never: 'No: not as this caller.',
};

/** The page that documents a kind, as Markdown: docs/problems/<kind>.md, and what its `type` leads to. */
export function problemPage(kind: ProblemKind): string {
  const { status, title } = PROBLEMS[kind];
  const { means, retry, advice } = PROBLEM_GUIDE[kind];
  return `# ${title}

\`/problems/${kind}\`, status ${status}

**What it means.** ${means}

**What to do.** ${advice}

**Worth a retry?** ${RETRY[retry]}

An answer of this kind:

\`\`\`http
${exampleAnswer(kind)}
\`\`\`
`;
}

function exampleAnswer(kind: ProblemKind): string {
  const problem = exampleProblem(kind);
  const headers = { 'content-type': 'application/problem+json; charset=utf-8', ...problem.headers };
  const head = [`HTTP/1.1 ${problem.status}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  // what every problem has comes first, for the eye
  const { type, title, status, detail, ...more } = problem.toProblem();
  return `${head.join('\n')}\n\n${JSON.stringify({ type, title, status, detail, ...more }, undefined, 2)}`;
}
