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
import { outboxKeyParams } from './letter-params.js';
import type { RouteDefinition } from './route.js';

const access = { roles: ['admin'] } as const;
const keyPath = '/dead-letters/outbox/:key';
const ofEvent = z.object({ eventId: z.uuid() });
const ofJob = z.object({ job: z.uuid() });

export const readOutboxKey = {
  operationId: 'readOutboxKey',
  method: 'GET',
  path: keyPath,
  summary: 'What is set aside of a key, in its order, with payloads',
  access,
  params: outboxKeyParams,
  query: outboxKeyQuerySchema,
  responses: { 200: { description: 'the key and a page of its events', body: outboxKeySchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const replayOutboxKey = {
  operationId: 'replayOutboxKey',
  method: 'POST',
  path: `${keyPath}/replay`,
  summary: 'Sends what is set aside of a key, in order and before anything newer of it',
  access,
  params: outboxKeyParams,
  responses: { 200: { description: 'how many were put back, and how many left out', body: retriedSchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const discardOutboxKey = {
  operationId: 'discardOutboxKey',
  method: 'POST',
  path: `${keyPath}/discard`,
  summary: 'Gives up events of a key that are set aside, for good: all, or those that are named',
  access,
  params: outboxKeyParams,
  body: outboxDiscardSchema,
  responses: { 200: { description: 'how many were given up', body: eventCountSchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const readOutboxStatus = {
  operationId: 'readOutboxStatus',
  method: 'GET',
  path: '/outbox/status',
  summary: 'How much waits, how long, what is set aside, and which relays are alive',
  access,
  responses: { 200: { description: 'the outbox in numbers', body: outboxStatusSchema } },
} as const satisfies RouteDefinition;

export const readOutboxShards = {
  operationId: 'readOutboxShards',
  method: 'GET',
  path: '/outbox/shards',
  summary: 'Which relay holds which shard, and what waits there',
  access,
  responses: { 200: { description: 'the shards', body: outboxShardsSchema } },
} as const satisfies RouteDefinition;

export const traceOutboxEvent = {
  operationId: 'traceOutboxEvent',
  method: 'GET',
  path: '/outbox/events/:eventId',
  summary: 'Where an event is, and what became of it',
  access,
  params: ofEvent,
  responses: { 200: { description: 'the event', body: eventTraceSchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const startOutboxReplay = {
  operationId: 'startOutboxReplay',
  method: 'POST',
  path: '/outbox/replays',
  summary: 'Begins to send a key, a time range, or a key within one again: the same ids in the same order',
  access,
  body: startReplaySchema,
  responses: { 202: { description: 'the replay, which goes on by itself', body: replaySchema } },
} as const satisfies RouteDefinition;

export const listOutboxReplays = {
  operationId: 'listOutboxReplays',
  method: 'GET',
  path: '/outbox/replays',
  summary: 'The replays of the last month, the newest first',
  access,
  responses: { 200: { description: 'the replays', body: replaysSchema } },
} as const satisfies RouteDefinition;

export const readOutboxReplay = {
  operationId: 'readOutboxReplay',
  method: 'GET',
  path: '/outbox/replays/:job',
  summary: 'How far a replay is',
  access,
  params: ofJob,
  responses: { 200: { description: 'the replay', body: replaySchema } },
  problems: ['not-found'],
} as const satisfies RouteDefinition;

export const confirmOutboxReplay = {
  operationId: 'confirmOutboxReplay',
  method: 'POST',
  path: '/outbox/replays/:job/confirm',
  summary: 'Lets a dry run go on with what it found',
  access,
  params: ofJob,
  responses: { 202: { description: 'the replay, which goes on by itself', body: replaySchema } },
  problems: ['not-found', 'too-late'],
} as const satisfies RouteDefinition;

export const abandonOutboxReplay = {
  operationId: 'abandonOutboxReplay',
  method: 'POST',
  path: '/outbox/replays/:job/abandon',
  summary: 'Ends a replay: what it has not put back is not sent by it',
  access,
  params: ofJob,
  responses: { 202: { description: 'the replay, which comes to its end by itself', body: replaySchema } },
  problems: ['not-found', 'too-late'],
} as const satisfies RouteDefinition;
