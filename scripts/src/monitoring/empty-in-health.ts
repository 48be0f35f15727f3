/**
 * Series that are not there as long as all is well, and why: the values of their labels are not known before. Everything
 * else that a panel, a rule or a runbook reads must be there in an installation that has sold something.
 */
export const EMPTY_IN_HEALTH: Readonly<Record<string, string>> = {
  saga_ignored_inputs_total: 'no input comes late or twice',
  outbox_publish_errors_total: 'no request to Kafka fails; its reasons are those of the broker',
  inbox_retried_total: 'no transient error happens; its codes are those of the database',
};
