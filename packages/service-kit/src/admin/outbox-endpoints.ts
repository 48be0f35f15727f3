import {
  eventCountSchema,
  eventTraceSchema,
  outboxDiscardSchema,
  outboxKeyQuerySchema,
  outboxKeySchema,
  outboxShardsSchema,
  outboxStatusSchema,
  replaySchema,
  replaysSchema,
  startReplaySchema,
  retriedSchema,
} from '@outrider/contracts';
import { z } from 'zod';
import { defineEndpoint } from '../http/index.js';
import { outboxKeyParams } from './dead-letter-path.js';

const access = { roles: ['admin'] } as const;
const keyPath = '/dead-letters/outbox/:key';
const ofEvent = z.object({ eventId: z.uuid() });
const ofJob = z.object({ job: z.uuid() });

export const readOutboxKey = defineEndpoint({
  operationId: 'readOutboxKey',
  method: 'GET',
  path: keyPath,
  summary: 'List the parked events of a key',
  description: 'In order, with payloads.',
  access,
  params: outboxKeyParams,
  query: outboxKeyQuerySchema,
  responses: { 200: { description: 'the key and a page of its events', body: outboxKeySchema } },
  problems: ['not-found'],
});

export const retryOutboxKey = defineEndpoint({
  operationId: 'retryOutboxKey',
  method: 'POST',
  path: `${keyPath}/retry`,
  summary: 'Send the parked events of a key again',
  description: 'In order, and before anything newer of it.',
  access,
  params: outboxKeyParams,
  responses: {
    200: {
      description: 'how many will be sent, and how many are left out because they are too old',
      body: retriedSchema,
    },
  },
  problems: ['not-found'],
});

export const discardOutboxKey = defineEndpoint({
  operationId: 'discardOutboxKey',
  method: 'POST',
  path: `${keyPath}/discard`,
  summary: 'Discard parked events of a key',
  description: 'For good: all, or those that are named.',
  access,
  params: outboxKeyParams,
  body: outboxDiscardSchema,
  responses: { 200: { description: 'how many were discarded', body: eventCountSchema } },
  problems: ['not-found'],
});

export const readOutboxStatus = defineEndpoint({
  operationId: 'readOutboxStatus',
  method: 'GET',
  path: '/outbox/status',
  summary: 'Read the state of the outbox',
  description: 'How much waits and how long, what is parked, and which relays are alive.',
  access,
  responses: { 200: { description: 'the outbox in numbers', body: outboxStatusSchema } },
});

export const readOutboxShards = defineEndpoint({
  operationId: 'readOutboxShards',
  method: 'GET',
  path: '/outbox/shards',
  summary: 'List the shards of the outbox',
  description: 'Which relay holds which shard, and what waits there.',
  access,
  responses: { 200: { description: 'the shards', body: outboxShardsSchema } },
});

export const traceOutboxEvent = defineEndpoint({
  operationId: 'traceOutboxEvent',
  method: 'GET',
  path: '/outbox/events/:eventId',
  summary: 'Trace an event',
  description: 'Where it is, and what happened to it.',
  access,
  params: ofEvent,
  responses: { 200: { description: 'the event', body: eventTraceSchema } },
  problems: ['not-found'],
});

export const startOutboxReplay = defineEndpoint({
  operationId: 'startOutboxReplay',
  method: 'POST',
  path: '/outbox/replays',
  summary: 'Start a replay',
  description: 'Sends a key, a time range, or a key within one again: the same ids in the same order.',
  access,
  body: startReplaySchema,
  responses: { 202: { description: 'the replay, which runs in the background', body: replaySchema } },
});

export const listOutboxReplays = defineEndpoint({
  operationId: 'listOutboxReplays',
  method: 'GET',
  path: '/outbox/replays',
  summary: 'List replays',
  description: 'Those of the last month, newest first.',
  access,
  responses: { 200: { description: 'the replays', body: replaysSchema } },
});

export const readOutboxReplay = defineEndpoint({
  operationId: 'readOutboxReplay',
  method: 'GET',
  path: '/outbox/replays/:job',
  summary: 'Read a replay',
  access,
  params: ofJob,
  responses: { 200: { description: 'the replay', body: replaySchema } },
  problems: ['not-found'],
});

export const confirmOutboxReplay = defineEndpoint({
  operationId: 'confirmOutboxReplay',
  method: 'POST',
  path: '/outbox/replays/:job/confirm',
  summary: 'Confirm a replay',
  description: 'Continues a dry run with what it found.',
  access,
  params: ofJob,
  responses: { 202: { description: 'the replay, which runs in the background', body: replaySchema } },
  problems: ['not-found', 'too-late'],
});

export const abandonOutboxReplay = defineEndpoint({
  operationId: 'abandonOutboxReplay',
  method: 'POST',
  path: '/outbox/replays/:job/abandon',
  summary: 'Abandon a replay',
  description: 'It sends nothing more.',
  access,
  params: ofJob,
  responses: { 202: { description: 'the replay, which ends in the background', body: replaySchema } },
  problems: ['not-found', 'too-late'],
});
