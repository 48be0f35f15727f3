import { relaySessionSettings } from '@outrider/outbox';
import { serviceSessionSettings } from '../database/index.js';
import type { RoleSettings } from '../roles/index.js';

/** What `migrate` sets on the roles: session settings that a pooler keeps from being given with a connection. */
export const roleSettings: RoleSettings = {
  app: serviceSessionSettings,
  relay: relaySessionSettings,
  reader: { default_transaction_read_only: 'on' },
};
