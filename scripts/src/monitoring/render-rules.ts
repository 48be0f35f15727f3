import { stringify } from 'yaml';
import { alertGroups } from './alerts.js';
import { operatorAlerts } from './operator-alerts.js';
import { recordingGroups } from './recording-rules.js';
import { pacedGroups } from './pace-rules.js';
import type { Alert, RecordingRule, RuleGroup } from './rule.js';

/** The first line of each file. */
export const HEADER = '# Made by `npm run monitoring` from scripts/src/monitoring; do not edit.\n';

/** Where the runbooks are: a path in this repository, or the address of a shop's own copy when the files are made with it. */
export const RUNBOOKS = process.env['RUNBOOKS_URL'] ?? 'docs/runbooks';

function ruleOf(rule: RecordingRule | Alert): object {
  if ('record' in rule) return rule;
  const { alert, expr, severity, labels, summary, description } = rule;
  return {
    alert,
    expr,
    for: rule.for,
    labels: { severity, ...labels },
    annotations: { summary, description, runbook_url: `${RUNBOOKS}/${alert}.md` },
  };
}

function groupsOf(groups: readonly RuleGroup[], interval: string): object[] {
  return groups.map(({ name, rules }) => ({ name, interval, rules: rules.map(ruleOf) }));
}

const GROUPS = [...recordingGroups, ...alertGroups];
const spec = { groups: groupsOf(GROUPS, '15s') };

/** k8s/monitoring/rules.yaml: for `rule_files` of a Prometheus. */
export function renderRules(): string {
  return HEADER + stringify(spec, { lineWidth: 0 });
}

/** k8s/monitoring/operator-rules.yaml: the same for the operator, which not every installation has. */
export function renderOperatorRules(): string {
  const groups = groupsOf([{ name: 'outrider-operator', rules: operatorAlerts }], '15s');
  return HEADER + stringify({ groups }, { lineWidth: 0 });
}

/** The same rules, all times of which pass so many times faster: for a drill, which cannot wait for hours. */
export function renderPacedRules(pace: number): string {
  const interval = `${Math.max(1, Math.round(15 / pace))}s`;
  return stringify({ groups: groupsOf(pacedGroups(GROUPS, pace), interval) }, { lineWidth: 0 });
}

/** k8s/monitoring/prometheus-rule.yaml: the same for prometheus-operator. */
export function renderPrometheusRule(): string {
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'outrider', labels: { 'app.kubernetes.io/part-of': 'outrider' } },
    spec,
  };
  return HEADER + stringify(rule, { lineWidth: 0 });
}

/** Every alert of an installation, by name once. */
export const ALERTS: readonly Alert[] = alertGroups.flatMap(({ rules }) =>
  rules.filter((rule): rule is Alert => 'alert' in rule),
);
