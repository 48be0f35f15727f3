/**
 * Ids of provider events that were applied, so that one that is sent again is known. Kept for as long as a provider may
 * send it again; one that comes even later has no effect either, for no running operation fits it.
 */
export const providerEvents = `
CREATE TABLE provider_event (
  provider text NOT NULL,
  event_id text NOT NULL,
  order_id uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, event_id)
);
CREATE INDEX provider_event_received ON provider_event (received_at);
`;
