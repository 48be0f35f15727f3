import {
  discardSchema,
  eventCountSchema,
  inboxKeyQuerySchema,
  inboxKeySchema,
  deadLetterMessageSchema,
} from '@outrider/contracts';
import { defineEndpoint } from '../http/index.js';
import { inboxKeyParams, inboxMessageParams } from './dead-letter-path.js';

const access = { roles: ['admin'] } as const;
const keyPath = '/dead-letters/inbox/:topic/:key';
const messagePath = '/dead-letters/inbox/:topic/:partition/:offset';

export const readInboxKey = defineEndpoint({
  operationId: 'readInboxKey',
  method: 'GET',
  path: keyPath,
  summary: 'List the parked messages of a key',
  description: 'Of one topic, in order, with their bytes.',
  access,
  params: inboxKeyParams,
  query: inboxKeyQuerySchema,
  responses: { 200: { description: 'the key and a page of its messages', body: inboxKeySchema } },
  problems: ['not-found'],
});

export const retryInboxKey = defineEndpoint({
  operationId: 'retryInboxKey',
  method: 'POST',
  path: `${keyPath}/retry`,
  summary: 'Handle the parked messages of a key again',
  description: 'In order; all of them or none.',
  access,
  params: inboxKeyParams,
  responses: { 200: { description: 'how many were handled', body: eventCountSchema } },
  problems: ['not-found', 'retry-failed'],
});

export const discardInboxKey = defineEndpoint({
  operationId: 'discardInboxKey',
  method: 'POST',
  path: `${keyPath}/discard`,
  summary: 'Discard the parked messages of a key',
  description: 'For good. Later ones are handled again.',
  access,
  params: inboxKeyParams,
  body: discardSchema,
  responses: { 200: { description: 'how many were discarded', body: eventCountSchema } },
  problems: ['not-found'],
});

export const readInboxMessage = defineEndpoint({
  operationId: 'readInboxMessage',
  method: 'GET',
  path: messagePath,
  summary: 'Read a parked message',
  access,
  params: inboxMessageParams,
  responses: { 200: { description: 'the message', body: deadLetterMessageSchema } },
  problems: ['not-found'],
});

export const retryInboxMessage = defineEndpoint({
  operationId: 'retryInboxMessage',
  method: 'POST',
  path: `${messagePath}/retry`,
  summary: 'Handle a parked message again',
  description: 'One without a key.',
  access,
  params: inboxMessageParams,
  responses: { 200: { description: 'it was handled', body: eventCountSchema } },
  problems: ['not-found', 'key-parked', 'retry-failed'],
});

export const discardInboxMessage = defineEndpoint({
  operationId: 'discardInboxMessage',
  method: 'POST',
  path: `${messagePath}/discard`,
  summary: 'Discard a parked message',
  description: 'For good.',
  access,
  params: inboxMessageParams,
  body: discardSchema,
  responses: { 200: { description: 'it was discarded', body: eventCountSchema } },
  problems: ['not-found'],
});
