import type { Alert, RecordingRule, RuleGroup } from './rule.js';

const SECONDS = { s: 1, m: 60, h: 3_600 } as const;

/** `3m` at a pace of 20: `9000ms`. */
function shorter(duration: string, pace: number): string {
  const { amount, unit } = /^(?<amount>\d+)(?<unit>[smh])$/u.exec(duration)?.groups ?? {};
  const seconds = Number(amount) * SECONDS[(unit ?? 's') as keyof typeof SECONDS];
  if (Number.isNaN(seconds)) throw new Error(`${duration} is no duration of a rule`);
  return seconds === 0 ? '0s' : `${Math.round((seconds * 1_000) / pace)}ms`;
}

/** An expression with shorter windows, and with lower limits where an age is compared with one. */
function shorterExpression(expr: string, pace: number): string {
  return expr
    .replaceAll(/\[(\d+[smh])\]/gu, (_, window: string) => `[${shorter(window, pace)}]`)
    .replaceAll(
      /((?:_age_seconds|_timestamp_seconds):max > )([1-9]\d*)/gu,
      (_, compared: string, limit: string) => `${compared}${Number(limit) / pace}`,
    );
}

function shorterRule(rule: RecordingRule | Alert, pace: number): RecordingRule | Alert {
  const expr = shorterExpression(rule.expr, pace);
  return 'record' in rule ? { ...rule, expr } : { ...rule, expr, for: shorter(rule.for, pace) };
}

/**
 * Rules that wait so many times shorter: windows, `for`, and ages. The names of what they record stay, and so do limits
 * that are no times, and the bound of the objective of orders, which is a bucket of a histogram.
 */
export function pacedGroups(groups: readonly RuleGroup[], pace: number): readonly RuleGroup[] {
  return groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => shorterRule(rule, pace)) }));
}
