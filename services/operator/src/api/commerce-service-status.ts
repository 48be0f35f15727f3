import { command, conditions, field, unannounced } from './fields.js';
import type { Schema } from './schema.js';

const side = (description: string) =>
  ({
    type: 'object',
    description,
    properties: {
      requests: field.count('requests on the public port'),
      serverErrors: field.count('requests answered with 5xx'),
      messages: field.count('messages that its consumers finished'),
      messagesParked: field.count('messages that its consumers parked or could not read'),
      ordersOverdue: field.count('orders that it accepted and that take longer than their step allows'),
    },
  }) as const satisfies Schema;

export const COMMERCE_SERVICE_STATUS = {
  type: 'object',
  description: 'what runs, and what was decided',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64', description: 'the generation of spec that this is about' },
    phase: {
      type: 'string',
      description: 'what is being done, in one word',
      enum: [
        'Installing',
        'Migrating',
        'Canary',
        'Promoting',
        'Paused',
        'GoingBack',
        'Contracting',
        'Stable',
        'Aborted',
      ],
    },
    specRevision: field.string('the revision that spec asks for'),
    stableRevision: field.string('the revision that serves until another has taken over'),
    canaryRevision: field.string('the revision that is tried'),
    history: {
      type: 'array',
      description: 'revisions that were stable, the present one first',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        description: 'a revision that was stable',
        required: ['revision', 'at'],
        properties: { revision: field.string('which'), at: field.time('when it had taken over') },
      },
    },
    step: field.string('the step of the canary: 1/2'),
    verdict: { type: 'string', description: 'what the judge says of the canary', enum: ['pass', 'fail', 'hold'] },
    replicas: field.count(
      'pods of the stable revision alone, so that no autoscaler counts the canary; while another takes over, of both',
    ),
    readyReplicas: field.count('ready ones of them'),
    selector: field.string(
      'selects the pods of the stable revision, and while another takes over also those of that one',
    ),
    rollout: {
      type: 'object',
      description: 'the roll-out that is under way',
      required: ['revision', 'phase', 'attempt', 'startedAt'],
      properties: {
        revision: field.string('the new revision'),
        phase: {
          type: 'string',
          description: 'Migrate (its Job runs), Install (no other revision is there), Step, Promote (it takes over)',
          enum: ['Migrate', 'Install', 'Step', 'Promote'],
        },
        attempt: field.count('how often its migration was tried'),
        startedAt: field.time('when it began'),
        step: field.count('the number of the step, from 1; in phase Promote one more than there are steps'),
        stepStartedAt: field.time('when the step’s pods were asked for: counting begins here'),
        waitingSince: field.time('since when not all of its pods are ready'),
        heldSince: field.time('when all of the step’s pods were ready first: `hold` begins here'),
        resumedStep: field.count('the number of a step without `hold` that a person has let go on'),
        paused: { type: 'boolean', description: 'whether it waits for a person' },
        pausedBecause: field.string('why it waits'),
        promotedBy: { type: 'string', description: 'who let it take over', enum: ['judge', 'person'] },
      },
    },
    goingBackSince: field.time(
      'since when the stable revision takes its pods back from one that had begun to take over',
    ),
    aborted: {
      type: 'array',
      description: 'revisions that get no pod again unless a person says retry',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['revision'],
      items: {
        type: 'object',
        description: 'an aborted revision',
        required: ['revision', 'reason', 'message', 'at'],
        properties: {
          revision: field.string('which'),
          reason: field.string('why, in one word'),
          message: field.string('why, as a sentence'),
          at: field.time('when'),
        },
      },
    },
    contract: {
      type: 'object',
      description: 'the contract migration that was asked for last; revisions older than its own do not fit any more',
      required: ['revision', 'state', 'attempt', 'message'],
      properties: {
        revision: field.string('whose'),
        state: { type: 'string', description: 'what became of it', enum: ['Running', 'Completed', 'Failed'] },
        attempt: field.count('how often it was tried'),
        message: field.string('what became of it, as a sentence'),
      },
    },
    restarted: {
      type: 'array',
      description: 'when a person asked for a revision’s pods to be restarted',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['revision'],
      items: {
        type: 'object',
        description: 'a restart',
        required: ['revision', 'at'],
        properties: { revision: field.string('which'), at: field.time('when') },
      },
    },
    analysis: {
      type: 'object',
      description: 'what was measured since the step began, and what follows',
      required: ['verdict', 'reason', 'message', 'at'],
      properties: {
        verdict: { type: 'string', description: 'the verdict', enum: ['pass', 'fail', 'hold'] },
        reason: field.string('why, in one word'),
        message: field.string('why, with the numbers that decided'),
        at: field.time('when'),
        canary: side('what the canary did'),
        stable: side('what the stable revision did, over the same time'),
        requestShare: field.string('the canary’s share of all requests, as it was'),
        messageShare: field.string('the canary’s share of all messages, as it was'),
        findings: {
          type: 'array',
          description: 'every measure that was taken of the canary',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            description: 'a measure of both sides',
            required: ['measure', 'canary', 'stable', 'pValue'],
            properties: {
              measure: field.string('which'),
              canary: field.string('failed of counted, of the canary: 2/60'),
              stable: field.string('failed of counted, of the stable revision'),
              pValue: field.string('how likely chance alone gives a canary that is at least as bad'),
            },
          },
        },
      },
    },
    command,
    unannounced,
    conditions,
  },
} as const satisfies Schema;
