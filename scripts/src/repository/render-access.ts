import { PROBLEMS } from '@outrider/contracts';
import {
  CALLER_NAMES,
  CALLERS,
  outcomeOf,
  type Caller,
  type EndpointDefinition,
  type Outcome,
} from '@outrider/service-kit/http';

const PREFACE = `# Who may call what

Made from the definitions of the operations by \`npm run docs:access\`; do not edit. Each cell is tried with a valid
request by the \`access.integration.test.ts\` of its service; where it is refused, nothing is written either.

- **yes**: it is handled. **yes, own**: likewise, and what it shows is the caller's own alone.
- **401**, **403**, **404**: it is refused with the problem that the number leads to.

| caller | is |
|---|---|
| customer whose it is | a person with the role \`customer\` whose thing it is, where it is anybody's |
| person without a role | one who is known, by a token without a role that is known here, whosever thing it is |
| key with its scope | a service whose API key has that scope and no other; where none is named, one that has every scope |
| key with another scope | a service whose API key has every scope but that one |
| revoked key | as any credentials that are no good: a token that is over or of another issuer, a key that never was |
| webhook signature | anyone who signs the body as a payment provider does, without other credentials |

Beside these operations every port shows \`/livez\`, \`/readyz\`, \`/openapi.json\` and \`/problems/…\` to anyone, public ports
\`/docs\`, and admin ports \`/metrics\`. Public ports refuse credentials that are no good there, too. The ports of
outbox-worker and reconciler have health and metrics alone. A HEAD is answered where GET is, and as GET is; other
methods are 405 and other paths 404, for everybody. [security.md](security.md) says where credentials come from.
`;

/** docs/access.md: what each operation comes to for each kind of caller. */
export function renderAccess(sections: Readonly<Record<string, readonly EndpointDefinition[]>>): string {
  return [PREFACE, ...Object.entries(sections).map(([name, endpoints]) => section(name, endpoints))].join('\n');
}

function section(name: string, endpoints: readonly EndpointDefinition[]): string {
  const head = ['operation', 'request', ...CALLER_NAMES.map((caller) => CALLERS[caller])];
  const rows = endpoints.map((endpoint) => [
    endpoint.operationId,
    `\`${endpoint.method} ${endpoint.path}\``,
    ...CALLER_NAMES.map((caller) => cell(endpoint, caller, outcomeOf(endpoint, caller))),
  ]);
  return [`## ${name}\n`, line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n');
}

function cell({ access }: EndpointDefinition, caller: Caller, outcome: Outcome): string {
  if (outcome === 'own') return 'yes, own';
  if (outcome !== 'yes') return `[${PROBLEMS[outcome].status}](problems/${outcome}.md)`;
  const scope = caller === 'scoped' && access !== 'anyone' ? access.scope : undefined;
  return scope === undefined ? 'yes' : `yes: \`${scope}\``;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
