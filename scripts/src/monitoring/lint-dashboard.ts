interface Panel {
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: { readonly uid?: string };
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr?: string; readonly datasource?: { readonly uid?: string } }[];
  readonly links?: readonly { readonly url?: string }[];
}

/** What is looked at of a dashboard's JSON. */
export interface DashboardJson {
  readonly uid?: string;
  readonly title?: string;
  readonly description?: string;
  readonly panels?: readonly Panel[];
  readonly templating?: { readonly list?: readonly { readonly name: string }[] };
}

/**
 * What a dashboard does against the rules: a stable uid, a description, both variables, and for each panel a unit, a
 * description, the chosen data source, queries by the chosen namespace, and rates over $__rate_interval.
 * @returns one line each; none when all is well
 */
export function lintDashboard({ uid = '', title, description, panels = [], templating }: DashboardJson): string[] {
  const faults: string[] = [];
  const must = (condition: boolean, fault: string): void => void (condition || faults.push(`${title}: ${fault}`));
  must(/^outrider-[a-z-]{1,30}$/u.test(uid), 'its uid must be outrider-…');
  must((description ?? '') !== '', 'has no description');
  const variables = templating?.list?.map(({ name }) => name) ?? [];
  for (const name of ['datasource', 'namespace']) must(variables.includes(name), `has no variable ${name}`);
  must(panels.length > 0, 'has no panel');
  const titles = panels.map((panel) => panel.title);
  must(new Set(titles).size === titles.length, 'has two panels with one title');
  for (const panel of panels) lintPanel(panel, (condition, fault) => must(condition, `${panel.title}: ${fault}`));
  return faults;
}

function lintPanel(panel: Panel, must: (condition: boolean, fault: string) => void): void {
  must((panel.title ?? '') !== '', 'has no title');
  must((panel.description ?? '') !== '', 'has no description');
  must((panel.fieldConfig?.defaults?.unit ?? '') !== '', 'has no unit');
  must(panel.datasource?.uid === '$datasource', 'is not of $datasource');
  must((panel.targets?.length ?? 0) > 0, 'has no query');
  for (const { expr = '', datasource } of panel.targets ?? []) {
    must(datasource?.uid === '$datasource', `is not of $datasource: ${expr}`);
    must(!/(?:[\w:]+)\{(?![^}]*namespace=~"\$namespace")[^}]*\}/u.test(expr), `is not of $namespace: ${expr}`);
    must(expr.includes('namespace=~"$namespace"'), `is not of $namespace: ${expr}`);
    must(!/\[(?!\$__rate_interval\])[^\]]*\]/u.test(expr), `has another range than $__rate_interval: ${expr}`);
    must(
      !/_(?:total|count|bucket|sum)\{/u.test(expr) || expr.includes('rate('),
      `shows a counter without rate: ${expr}`,
    );
  }
}
