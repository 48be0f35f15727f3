export { atMost, backoffMs, pause } from './backoff.js';
export { errorCode, errorText, storableText } from './error-text.js';
export { HttpExchange, mayHaveReached, NoAnswerError, type HttpAnswer } from './http-exchange.js';
export type { Log } from './log.js';
export { poolTransaction } from './pool-transaction.js';
export { maintainDayPartitions, nextMaintenanceMs, type DaysOptions, type DaysResult } from './day-partitions.js';
export { jsonObject, jsonRows, selectList, type Selected } from './select-list.js';
export type { SqlClient } from './sql-client.js';
export { REFUSALS, refusalOf, type Refusal } from './refusal.js';
