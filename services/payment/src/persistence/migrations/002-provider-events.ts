/**
 * The webhooks that were taken, so that one that comes again is known. Kept for as long as a provider may send it
 * again; what comes after that changes nothing either, for it fits no operation that is on its way.
 */
export const PROVIDER_EVENTS = `
CREATE TABLE provider_event (
  provider text NOT NULL,
  event_id text NOT NULL,
  order_id uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, event_id)
);
CREATE INDEX provider_event_received ON provider_event (received_at);
`;
