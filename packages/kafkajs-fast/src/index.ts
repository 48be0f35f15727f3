/**
 * Three patches of kafkajs 2.2.4, each applied by a call, each without effect on any other version. kafkajs is no longer
 * released, so its internals do not move; they are reached by `require` of its sources:
 *
 * - `stopIdleTimer`: `scheduleCheckPendingRequests` of `src/network/requestQueue` sets a timer only while a request
 *   waits. Unpatched, each connection wakes the process a thousand times a second.
 * - `useFastProduceWriter`: `protocol` of `src/protocol/requests/produce` (versions 3 to 7) writes requests whose
 *   messages are all text into one buffer, with a CRC-32C of eight bytes a step. The bytes are those of kafkajs.
 * - `renewConnections`: `getConnection`, `send` and `destroy` of `src/network/connectionPool` end connections at an age,
 *   once another is there.
 *
 * `PartitionRecords` hands the writer messages that are grouped by partition already; without the writer a send of
 * them throws.
 */
export { stopIdleTimer } from './idle-timer.js';
export { PartitionRecords, type TextMessage } from './partition-records.js';
export { hasFastProduceWriter, useFastProduceWriter } from './produce-writer.js';
export { renewConnections } from './renew-connections.js';
