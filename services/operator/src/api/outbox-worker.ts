import { conditions, duration, field, lasting, podTemplate, unannounced } from './fields.js';
import type { ObjectMeta } from './objects.js';
import type { FromSchema, Schema } from './schema.js';

/** Connections that a worker opens to each database. */
export const CONNECTIONS_PER_DATABASE = 5;

const scaling = {
  type: 'object',
  description: 'lets the operator decide the number of workers, by the age of what is not published yet',
  required: ['maxReplicas'],
  properties: {
    minReplicas: {
      type: 'integer',
      format: 'int32',
      description: 'the fewest workers',
      minimum: 1,
      maximum: 64,
      default: 1,
    },
    maxReplicas: {
      type: 'integer',
      format: 'int32',
      description: 'the most workers; an outbox has 64 shards, and a worker without a shard has nothing to do',
      minimum: 1,
      maximum: 64,
    },
    targetAge: lasting('targetAge', 'how old the oldest unpublished event may get', '10s'),
    scaleDownAfter: duration('how long fewer workers must have been enough before one goes', '5m'),
    databaseConnectionBudget: {
      type: 'integer',
      format: 'int32',
      description: `the most connections of all workers to all databases together; each worker opens ${CONNECTIONS_PER_DATABASE} to each`,
      minimum: 5,
      maximum: 100_000,
    },
    interval: lasting('interval', 'how often the workers are read', '10s'),
  },
  'x-kubernetes-validations': [
    {
      rule: 'self.minReplicas <= self.maxReplicas',
      message: 'minReplicas is more than maxReplicas',
      fieldPath: '.minReplicas',
    },
  ],
} as const satisfies Schema;

export const OUTBOX_WORKER_SPEC = {
  type: 'object',
  description: 'what should run',
  required: ['container', 'template'],
  properties: {
    replicas: {
      type: 'integer',
      format: 'int32',
      description:
        'the number of workers, where `scaling` is not given; anyone may write it through the scale subresource',
      minimum: 0,
      maximum: 64,
    },
    container: {
      type: 'string',
      description: 'the container of the template that is the worker',
      minLength: 1,
      maxLength: 63,
    },
    template: podTemplate('the pods'),
    scaling,
    paused: {
      type: 'boolean',
      description: 'while true, a changed template is not rolled out; scaling goes on',
      default: false,
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'self.template.spec.containers.exists(c, c.name == self.container)',
      message: 'template has no container of the name that `container` gives',
      fieldPath: '.template.spec.containers',
    },
    {
      rule: 'has(self.replicas) != has(self.scaling)',
      message: 'give either replicas or scaling: two who write the number of workers would undo each other’s work',
      fieldPath: '.replicas',
    },
  ],
} as const satisfies Schema;

export const OUTBOX_WORKER_STATUS = {
  type: 'object',
  description: 'what runs, and what was decided',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64', description: 'the generation of spec that this is about' },
    replicas: field.count('workers'),
    readyReplicas: field.count('ready ones of them'),
    selector: field.string('selects the workers'),
    scaling: {
      type: 'object',
      description: 'what the number of workers follows from',
      required: ['replicas', 'changedAt'],
      properties: {
        replicas: field.count('workers that are wanted'),
        changedAt: field.time('when that changed'),
        reason: field.string('why it is what it is, as a sentence'),
        oldestAgeSeconds: field.count('the age of the oldest unpublished event when workers were added last'),
        eventsPerSecond: field.count('events a second of all workers when workers were added last'),
        eventsPerSecondPerWorker: field.count('the most that a worker was seen to publish while all were busy'),
        enoughSince: field.time('since when fewer workers would be enough'),
        goneBy: field.time(
          'when what is pending is to be gone at the rate that was seen; what is old after that does not leave',
        ),
      },
    },
    oldestAgeSeconds: field.count('the age of the oldest unpublished event'),
    pendingEvents: field.count(
      'events that are not published yet; of each database 100,001 where there are more than 100,000',
    ),
    eventsPerSecond: field.count('events that all workers publish a second'),
    unannounced,
    conditions,
  },
} as const satisfies Schema;

export type OutboxWorkerSpec = FromSchema<typeof OUTBOX_WORKER_SPEC>;
export type OutboxWorkerStatus = FromSchema<typeof OUTBOX_WORKER_STATUS>;

/** The processes that publish what outboxes hold. */
export interface OutboxWorker {
  readonly metadata: ObjectMeta;
  readonly spec: OutboxWorkerSpec;
  readonly status?: OutboxWorkerStatus;
}
