import { conditions, command, duration, field, podTemplate, unannounced } from './fields.js';
import type { ObjectMeta } from './objects.js';
import type { FromSchema, Schema } from './schema.js';

/** The longest name that leaves room for a revision and a Job’s number behind it. */
export const LONGEST_NAME = 42;

const share = <const D extends string>(description: string, byDefault: D) =>
  ({
    type: 'string',
    description,
    pattern: '^(0\\.[0-9]+|1|1\\.0+)$',
    maxLength: 12,
    default: byDefault,
  }) as const satisfies Schema;

const analysis = {
  type: 'object',
  description: 'how the canary is judged (docs/judge.md)',
  default: {},
  properties: {
    required: {
      type: 'array',
      description:
        'what must have been counted before a canary can pass: orders for order, reservations for inventory, authorisations for payment, requests for product',
      minItems: 1,
      maxItems: 8,
      'x-kubernetes-list-type': 'set',
      default: ['orders'],
      items: {
        type: 'string',
        description: 'a measure',
        enum: [
          'orders',
          'reservations',
          'reservation confirmations',
          'authorisations',
          'captures',
          'refunds',
          'requests',
          'messages',
        ],
      },
    },
    minimum: {
      type: 'integer',
      format: 'int32',
      description: 'how often each of `required` must have been counted, on both sides',
      minimum: 1,
      maximum: 1_000_000,
      default: 60,
    },
    level: share('a measure fails where chance alone gives it with less than this probability', '0.001'),
    doubt: share('a canary does not pass while chance alone gives a measure with less than this probability', '0.05'),
    limits: {
      type: 'object',
      description: 'what fails a canary at once',
      default: {},
      properties: {
        restarts: {
          type: 'integer',
          format: 'int32',
          description: 'restarts of its containers that are allowed',
          minimum: 0,
          maximum: 100,
          default: 2,
        },
        outOfMemoryKills: {
          type: 'integer',
          format: 'int32',
          description: 'ends of its containers for want of memory that are allowed',
          minimum: 0,
          maximum: 100,
          default: 0,
        },
        serverErrorShare: share('share of its requests that may be answered with 5xx', '0.5'),
      },
    },
    interval: duration('how often the pods are read', '10s'),
    unknownFor: duration('how long after `hold` a canary may be neither good nor bad before that is reported', '10m'),
  },
  'x-kubernetes-validations': [
    {
      rule: 'double(self.level) > 0.0 && double(self.level) < 0.5',
      message: 'level must be above 0 and below 0.5',
      fieldPath: '.level',
    },
    {
      rule: 'double(self.doubt) >= double(self.level) && double(self.doubt) < 1.0',
      message: 'doubt must be at least level, and below 1',
      fieldPath: '.doubt',
    },
    {
      rule: 'double(self.limits.serverErrorShare) > 0.0',
      message: 'limits.serverErrorShare must be above 0: a single answer with 5xx would fail every canary',
      fieldPath: '.limits.serverErrorShare',
    },
  ],
} as const satisfies Schema;

const rollout = {
  type: 'object',
  description: 'how a new revision takes over',
  default: {},
  properties: {
    steps: {
      type: 'array',
      description:
        'how many pods of the new revision work beside those of the stable one, and how long, before it takes over',
      minItems: 1,
      maxItems: 10,
      'x-kubernetes-list-type': 'atomic',
      default: [{ replicas: 1, hold: '60s' }],
      items: {
        type: 'object',
        description: 'a step',
        required: ['replicas'],
        properties: {
          replicas: {
            type: 'integer',
            format: 'int32',
            description: 'pods of the new revision; never more than spec.replicas',
            minimum: 1,
            maximum: 1000,
          },
          hold: {
            type: 'string',
            description:
              'how long all of them must have worked before the judge may let it go on; absent: until a person says promote or resume',
            pattern: '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$',
            minLength: 2,
            maxLength: 20,
          },
        },
      },
      'x-kubernetes-validations': [
        {
          rule: 'self.map(s, s.replicas).isSorted() && self.all(s, self.exists_one(t, t.replicas == s.replicas))',
          message: 'steps must ascend: each has more replicas than the one before it',
        },
      ],
    },
    analysis,
    onFailure: {
      type: 'string',
      description: 'what becomes of a canary that fails: its pods go (abort), or stay until a person decides (pause)',
      enum: ['abort', 'pause'],
      default: 'abort',
    },
    readyDeadline: duration('how long pods of the new revision may take to be ready', '10m'),
    scaleDownDelay: duration(
      'how long the last pod of the old revision stays after the new one has all of its own',
      '0s',
    ),
  },
} as const satisfies Schema;

const migration = {
  type: 'object',
  description: 'what brings the database to a new revision before any pod of it runs',
  properties: {
    template: podTemplate('the pod of the Job that adds what the new revision needs (the expand phase)'),
    contract: {
      type: 'object',
      description:
        'what removes what older revisions needed; runs only when a person says contract=<revision>, and never while an older revision has pods',
      required: ['args'],
      properties: {
        args: {
          type: 'array',
          description: 'arguments of the container, in place of those in `template`',
          minItems: 1,
          maxItems: 20,
          'x-kubernetes-list-type': 'atomic',
          items: { type: 'string', description: 'an argument' },
        },
      },
    },
    deadline: duration('how long a Job may take, with all its attempts', '1h'),
    backoffLimit: {
      type: 'integer',
      format: 'int32',
      description: 'how often a Job is tried again',
      minimum: 0,
      maximum: 20,
      default: 3,
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'has(self.template)',
      message:
        'template is missing: the contract phase of a migration comes after its expand phase, so there is none without it',
    },
  ],
} as const satisfies Schema;

export const COMMERCE_SERVICE_SPEC = {
  type: 'object',
  description: 'what should run',
  required: ['container', 'template'],
  properties: {
    replicas: {
      type: 'integer',
      format: 'int32',
      description:
        'pods of the stable revision; anyone may write it through the scale subresource, the operator never does',
      minimum: 0,
      maximum: 1000,
      default: 1,
    },
    container: {
      type: 'string',
      description: 'the container of the templates that is the service; the others stand beside it',
      minLength: 1,
      maxLength: 63,
    },
    template: podTemplate('the pods'),
    migration,
    rollout,
    paused: { type: 'boolean', description: 'while true, no revision takes a step; scaling goes on', default: false },
    revisionHistoryLimit: {
      type: 'integer',
      format: 'int32',
      description: 'how many revisions are kept that have no pods, to go back to',
      minimum: 1,
      maximum: 50,
      default: 5,
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'self.template.spec.containers.exists(c, c.name == self.container)',
      message: 'template has no container of the name that `container` gives',
      fieldPath: '.template.spec.containers',
    },
    {
      rule: '!has(self.migration) || !has(self.migration.template) || self.migration.template.spec.containers.exists(c, c.name == self.container)',
      message: 'migration.template has no container of the name that `container` gives',
      fieldPath: '.migration.template.spec.containers',
    },
    {
      // Scaling down must not be refused for steps that were fitting before: the operator takes no step above replicas.
      rule: 'self.rollout.steps.all(s, s.replicas <= self.replicas) || self.replicas == 0 || (oldSelf.hasValue() && oldSelf.value().rollout.steps == self.rollout.steps)',
      message: 'a step has more replicas than spec.replicas: the canary never has more pods than the stable revision',
      fieldPath: '.rollout.steps',
      optionalOldSelf: true,
    },
  ],
} as const satisfies Schema;

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
    replicas: field.count('pods of the stable revision alone, so that no autoscaler counts the canary'),
    readyReplicas: field.count('ready ones of them'),
    selector: field.string('selects the pods of the stable revision'),
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

export type CommerceServiceSpec = FromSchema<typeof COMMERCE_SERVICE_SPEC>;
export type CommerceServiceStatus = FromSchema<typeof COMMERCE_SERVICE_STATUS>;

/** A service of the shop, and how new revisions of it take over. */
export interface CommerceService {
  readonly metadata: ObjectMeta;
  readonly spec: CommerceServiceSpec;
  readonly status?: CommerceServiceStatus;
}
