import { MEASURES } from '@outrider/judge';
import { duration, lasting, podTemplate } from './fields.js';
import type { Schema } from './schema.js';

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
        enum: MEASURES,
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
    interval: lasting('interval', 'how often the pods are read', '10s'),
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
    readyDeadline: lasting('readyDeadline', 'how long pods of the new revision may take to be ready', '10m'),
    scaleDownDelay: duration(
      'how long the last pod of the old revision stays after the new one has all of its own, unless spec asks for a third',
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
    deadline: lasting('deadline', 'how long a Job may take, with all its attempts', '1h'),
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
