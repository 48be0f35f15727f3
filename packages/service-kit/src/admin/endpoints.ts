import { deadLetterPageSchema, listDeadLettersQuerySchema } from '@outrider/contracts';
import * as inbox from './inbox-endpoints.js';
import * as outbox from './outbox-endpoints.js';
import type { RouteDefinition } from './route.js';

export const listAllDeadLetters = {
  operationId: 'listDeadLetters',
  method: 'GET',
  path: '/dead-letters',
  summary: 'What is set aside: keys of the outbox, then keys and messages of the inbox',
  access: { roles: ['admin'] },
  query: listDeadLettersQuerySchema,
  responses: { 200: { description: 'a page of dead letters', body: deadLetterPageSchema } },
} as const satisfies RouteDefinition;

/** Every operation of the admin API. */
export const adminEndpoints: readonly RouteDefinition[] = [
  listAllDeadLetters,
  ...Object.values(outbox),
  ...Object.values(inbox),
];
