/**
 * What a relay holds lasts as long as the relay is alive: its heartbeat writes one row, and not that of each shard
 * (docs/decisions/321). The state of a relay of the version before is null: its leases last as long as their rows say.
 */
export const leasesByRelay = String.raw`
-- HOLDING: each lease of it ends with alive_until, or earlier with its own lease_until. LEAVING: likewise, and it claims nothing
-- more. FENCED: it was dead, its leases were ended, and it must not extend what it believes to hold
ALTER TABLE outbox_relay ADD COLUMN state text CHECK (state IN ('HOLDING','LEAVING','FENCED'));
`;

/** Until when a lease is held; in a transaction of its own, for the view holds on to the log. */
export const statusByRelay = String.raw`
CREATE OR REPLACE VIEW outbox_status AS
SELECT e.event_id AS outbox_id, e.event_type, e.msg_key, e.topic, e.shard, s.status,
  CASE WHEN s.status='PROCESSING' THEN l.owner END AS locked_by, CASE WHEN s.status='PROCESSING' THEN least(l.lease_until,r.alive_until) END AS locked_until,
  CASE WHEN s.status NOT IN ('PUBLISHED','DISCARDED') THEN coalesce(k.attempt_count,0) END AS attempt_count,
  CASE WHEN s.status='RETRYING' THEN k.next_attempt_at END AS next_attempt_at, e.created_at, e.id
FROM outbox_event e
LEFT JOIN outbox_pending p ON p.shard=e.shard AND p.id=e.id
LEFT JOIN outbox_parked q ON q.shard=e.shard AND q.msg_key=e.msg_key AND q.id=e.id
LEFT JOIN outbox_discarded d ON d.event_id=e.event_id
LEFT JOIN outbox_key_state k ON k.shard=e.shard AND k.msg_key=e.msg_key
LEFT JOIN outbox_lease l ON l.shard=e.shard
LEFT JOIN outbox_relay r ON r.owner=l.owner AND r.state IS NOT NULL
CROSS JOIN LATERAL (SELECT CASE
  WHEN q.id IS NOT NULL OR (p.id IS NOT NULL AND k.parked) THEN CASE WHEN k.next_attempt_at IS NOT NULL THEN 'RETRYING' ELSE 'PARKED' END
  WHEN p.id IS NOT NULL THEN CASE WHEN l.owner IS NOT NULL AND least(l.lease_until,r.alive_until)>now() THEN 'PROCESSING' ELSE 'PENDING' END
  WHEN d.event_id IS NOT NULL THEN 'DISCARDED' ELSE 'PUBLISHED' END AS status) s;
`;
