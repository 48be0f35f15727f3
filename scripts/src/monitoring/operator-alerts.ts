import type { Alert } from './rule.js';

const V = '{{ $value | humanize }}';

/** Reconciles by outcome, over windows that hold several tries of the same resource. */
const reconciles = (outcome: string): string => `sum by (namespace) (rate(operator_reconciles_total${outcome}[15m]))`;

/** Of the operator, which is a release of its own: where there is none, none of these may fire. */
export const operatorAlerts: readonly Alert[] = [
  {
    alert: 'OutriderOperatorNotLeading',
    expr: 'max by (namespace) (last_over_time(operator_leader[3m])) == 0 or absent(operator_leader)',
    for: '5m',
    severity: 'warning',
    summary: 'No operator holds the Lease',
    description: 'No roll-out goes on, and no worker is added. What runs, goes on running.',
  },
  {
    alert: 'OutriderOperatorFailing',
    expr: `${reconciles('{outcome="failed"}')} > 0.1 * ${reconciles('')}`,
    for: '15m',
    severity: 'warning',
    summary: 'Much of what the operator tries fails',
    description: `It fails ${V} times a second, more than a tenth of what it tries: the API server does not answer, or does not let it.`,
  },
  {
    alert: 'OutriderOperatorRefused',
    expr: 'sum by (namespace) (increase(operator_reconciles_total{outcome="refused"}[15m])) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'The API server refuses an object of the operator’s',
    description: `${V} times in 15 minutes. The condition Stalled of the resource has what the API server said.`,
  },
  {
    alert: 'OutriderRolloutStalled',
    expr: 'max by (namespace, resource_namespace, kind, resource, reason) (last_over_time(operator_stalled[3m])) > 0',
    for: '1m',
    severity: 'warning',
    summary: '{{ $labels.resource }} waits for a person: {{ $labels.reason }}',
    description:
      'The {{ $labels.kind }} {{ $labels.resource }} in {{ $labels.resource_namespace }} does not get to what its spec asks for. What is stable serves on.',
  },
];
