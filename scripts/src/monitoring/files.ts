import { dashboardFiles } from './render-dashboards.js';
import { renderOperatorRules, renderPrometheusRule, renderRules } from './render-rules.js';
import { renderRulesTest } from './render-rules-test.js';

/** The files of k8s/monitoring that are made from sources, by name. */
export function monitoringFiles(): Readonly<Record<string, string>> {
  return {
    'rules.yaml': renderRules(),
    'operator-rules.yaml': renderOperatorRules(),
    'prometheus-rule.yaml': renderPrometheusRule(),
    'rules_test.yaml': renderRulesTest(),
    ...dashboardFiles(),
  };
}
