import {
  discardSchema,
  eventCountSchema,
  inboxKeyQuerySchema,
  inboxKeySchema,
  deadLetterMessageSchema,
} from '@outrider/contracts';
import { inboxKeyParams, inboxMessageParams } from './letter-params.js';
import type { RouteDefinition } from './route.js';

const access = { roles: ['admin'] } as const;
const keyPath = '/dead-letters/inbox/:topic/:key';
const messagePath = '/dead-letters/inbox/:topic/:partition/:offset';

export const readInboxKey = {
  operationId: 'readInboxKey',
  method: 'GET',
  path: keyPath,
  summary: 'What is set aside of a key of a topic, in its order, with its bytes',
  access,
  params: inboxKeyParams,
  query: inboxKeyQuerySchema,
  responses: { 200: { description: 'the key and a page of its messages', body: inboxKeySchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const replayInboxKey = {
  operationId: 'replayInboxKey',
  method: 'POST',
  path: `${keyPath}/replay`,
  summary: 'Handles what is set aside of a key, in order; all of it or nothing',
  access,
  params: inboxKeyParams,
  responses: { 200: { description: 'how many were handled', body: eventCountSchema } },
  problems: ['not-found', 'retry-failed'],
} as const satisfies RouteDefinition;

export const discardInboxKey = {
  operationId: 'discardInboxKey',
  method: 'POST',
  path: `${keyPath}/discard`,
  summary: 'Gives up what is set aside of a key, for good; the key flows again',
  access,
  params: inboxKeyParams,
  body: discardSchema,
  responses: { 200: { description: 'how many were given up', body: eventCountSchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const readInboxMessage = {
  operationId: 'readInboxMessage',
  method: 'GET',
  path: messagePath,
  summary: 'One message that is set aside, whole',
  access,
  params: inboxMessageParams,
  responses: { 200: { description: 'the message', body: deadLetterMessageSchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const replayInboxMessage = {
  operationId: 'replayInboxMessage',
  method: 'POST',
  path: `${messagePath}/replay`,
  summary: 'Handles a message without a key that is set aside',
  access,
  params: inboxMessageParams,
  responses: { 200: { description: 'it was handled', body: eventCountSchema } },
  problems: ['not-found', 'key-parked', 'retry-failed'],
} as const satisfies RouteDefinition;

export const discardInboxMessage = {
  operationId: 'discardInboxMessage',
  method: 'POST',
  path: `${messagePath}/discard`,
  summary: 'Gives up one message that is set aside, for good',
  access,
  params: inboxMessageParams,
  body: discardSchema,
  responses: { 200: { description: 'it was given up', body: eventCountSchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;
