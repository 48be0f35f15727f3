import type { Position, TopicPartition } from '../event-consumer.js';
import type { SqlClient } from '../ports.js';

// One statement for a whole assignment.
const SQL = `SELECT topic,partition,next_offset::text AS at FROM inbox_offset
JOIN unnest($2::text[],$3::int[]) x(topic,partition) USING (topic,partition) WHERE consumer=$1`;

/** The stored positions of those partitions that have one. */
export async function readPositions(
  sql: SqlClient,
  consumer: string,
  partitions: readonly TopicPartition[],
): Promise<Position[]> {
  const { rows } = await sql.query<{ topic: string; partition: number; at: string }>(SQL, [
    consumer,
    partitions.map((at) => at.topic),
    partitions.map((at) => at.partition),
  ]);
  return rows.map((row) => ({ topic: row.topic, partition: row.partition, offset: BigInt(row.at) }));
}
