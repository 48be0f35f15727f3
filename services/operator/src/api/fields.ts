import type { PodTemplate } from './objects.js';
import { schemaOf, type Schema } from './schema.js';

/** Fields that both kinds have. */

/** A length of time, as Go writes it. Fractions are not taken: nothing here is that exact. */
export function duration<const D extends string>(description: string, byDefault: D) {
  return {
    type: 'string',
    description: `${description}; as \`90s\`, \`10m\` or \`1h30m\``,
    pattern: DURATION_PATTERN,
    minLength: 2,
    maxLength: 20,
    default: byDefault,
  } as const satisfies Schema;
}

/** As `duration`, of what does not work with no time at all. @param name of the field */
export function lasting<const D extends string>(name: string, description: string, byDefault: D) {
  return {
    ...duration(description, byDefault),
    'x-kubernetes-validations': [{ rule: "duration(self) >= duration('1s')", message: `${name} must be at least 1s` }],
  } as const satisfies Schema;
}

export const DURATION_PATTERN = '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$';

/** A pod's template is described no further than rules need it: `kubectl explain deployment.spec.template` has the rest. */
export function podTemplate(description: string) {
  return schemaOf<PodTemplate>({
    type: 'object',
    description: `${description}: a PodTemplateSpec, as in \`kubectl explain deployment.spec.template\``,
    required: ['spec'],
    properties: {
      metadata: {
        type: 'object',
        description: 'labels and annotations of the pods',
        properties: {
          labels: { type: 'object', description: 'labels of the pods', additionalProperties: text('a label’s value') },
          annotations: {
            type: 'object',
            description: 'annotations of the pods',
            additionalProperties: text('an annotation’s value'),
          },
        },
      },
      spec: {
        type: 'object',
        description: 'a PodSpec, as in `kubectl explain pod.spec`',
        required: ['containers'],
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          containers: {
            type: 'array',
            description: 'the containers, as in `kubectl explain pod.spec.containers`',
            minItems: 1,
            maxItems: 20,
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: {
              type: 'object',
              description: 'a container',
              required: ['name', 'image'],
              'x-kubernetes-preserve-unknown-fields': true,
              properties: {
                name: { type: 'string', description: 'the container’s name', minLength: 1, maxLength: 63 },
                image: { type: 'string', description: 'the image', minLength: 1 },
              },
            },
          },
        },
      },
    },
  });
}

const text = (description: string): Schema => ({ type: 'string', description });

const time = <const D extends string>(description: D) =>
  ({ type: 'string', format: 'date-time', description }) as const satisfies Schema;

const string = <const D extends string>(description: D) => ({ type: 'string', description }) as const satisfies Schema;

const count = <const D extends string>(description: D) =>
  ({ type: 'integer', format: 'int64', description }) as const satisfies Schema;

export const field = { time, string, count };

export const conditions = {
  type: 'array',
  description: 'what holds of it now, and why',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    description: 'a condition',
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
    properties: {
      type: string('which condition'),
      status: { type: 'string', description: 'True, False or Unknown', enum: ['True', 'False', 'Unknown'] },
      reason: string('why, in one word (docs/operator.md lists them)'),
      message: string('why, as a sentence'),
      observedGeneration: { type: 'integer', format: 'int64', description: 'the generation of spec that it is about' },
      lastTransitionTime: time('when its status changed'),
    },
  },
} as const satisfies Schema;

/** What was decided is written first, then done, then announced: a crash in between repeats, and loses nothing. */
export const unannounced = {
  type: 'array',
  description: 'Events about what was decided that are not written yet',
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    description: 'an Event',
    required: ['key', 'type', 'reason', 'message'],
    properties: {
      key: string('the same for the same Event, however often it is written'),
      type: { type: 'string', description: 'Normal or Warning', enum: ['Normal', 'Warning'] },
      reason: string('why, in one word'),
      message: string('why, as a sentence'),
    },
  },
} as const satisfies Schema;

export const command = {
  type: 'object',
  description: 'the command that was answered last',
  required: ['name', 'value', 'accepted', 'message', 'at', 'pending'],
  properties: {
    name: string('which: abort, pause, undo, promote, resume, retry, restart, contract'),
    value: string('the revision that it was given'),
    accepted: { type: 'boolean', description: 'whether anything comes of it' },
    message: string('what was answered'),
    at: time('when'),
    pending: { type: 'boolean', description: 'whether its annotation has not been taken away yet' },
  },
} as const satisfies Schema;
