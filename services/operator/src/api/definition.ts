import { COMMERCE_SERVICE_SPEC, LONGEST_NAME } from './commerce-service-spec.js';
import { COMMERCE_SERVICE_STATUS } from './commerce-service-status.js';
import { COMMERCE_SERVICE, GROUP, OUTBOX_WORKER, VERSION } from './names.js';
import { OUTBOX_WORKER_SPEC, OUTBOX_WORKER_STATUS } from './outbox-worker.js';
import type { Schema } from './schema.js';

/** A column of `kubectl get`. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** above 0: with `-o wide` alone */
  readonly priority?: number;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly short: string;
  readonly description: string;
  readonly spec: Schema;
  readonly status: Schema;
  readonly columns: readonly Column[];
}

const condition = (name: string): string => `.status.conditions[?(@.type=="${name}")].status`;
const ready: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: condition('Ready'),
  description: 'whether what spec asks for runs',
};
const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'how old it is',
};
const why: Column = {
  name: 'Why',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  description: 'why it is ready or not',
  priority: 1,
};

/** The kinds of the API group, in the order of their names. */
export const KINDS: readonly Kind[] = [
  {
    ...COMMERCE_SERVICE,
    description:
      'A service of the shop, and how new revisions of it take over: migrated first, tried on a few pods, judged by how their orders end.',
    spec: COMMERCE_SERVICE_SPEC,
    status: COMMERCE_SERVICE_STATUS,
    columns: [
      ready,
      { name: 'Stable', type: 'string', jsonPath: '.status.stableRevision', description: 'the revision that serves' },
      { name: 'Canary', type: 'string', jsonPath: '.status.canaryRevision', description: 'the revision that is tried' },
      { name: 'Step', type: 'string', jsonPath: '.status.step', description: 'the step of the canary' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'what is being done' },
      { name: 'Verdict', type: 'string', jsonPath: '.status.verdict', description: 'what the judge says' },
      age,
      why,
    ],
  },
  {
    ...OUTBOX_WORKER,
    description: 'The processes that publish what outboxes hold, as many as their lag asks for.',
    spec: OUTBOX_WORKER_SPEC,
    status: OUTBOX_WORKER_STATUS,
    columns: [
      ready,
      { name: 'Workers', type: 'integer', jsonPath: '.status.replicas', description: 'how many there are' },
      {
        name: 'Oldest',
        type: 'integer',
        jsonPath: '.status.oldestAgeSeconds',
        description: 'seconds that the oldest unpublished event has waited',
      },
      {
        name: 'Pending',
        type: 'integer',
        jsonPath: '.status.pendingEvents',
        description: 'events that are not published yet',
      },
      age,
      why,
    ],
  },
];

/**
 * The status until the operator has written one. To those who wait (kstatus, so `helm --wait` of Helm 4 and Argo CD) a
 * resource without a status is as it should be: they would be told that all is well before anything runs.
 */
const unlessSeen = (status: Schema): Schema => ({ ...status, default: { observedGeneration: -1 } });

/** The CustomResourceDefinition of a kind. */
export function definitionOf({ kind, plural, short, description, spec, status, columns }: Kind) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      // the resources of all installations would go with it
      annotations: { 'helm.sh/resource-policy': 'keep' },
    },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [short],
        categories: ['outrider'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description,
              required: ['spec'],
              properties: { spec: withWholeDefaults(spec), status: unlessSeen(status) },
              'x-kubernetes-validations': [
                {
                  rule: `size(self.metadata.name) <= ${LONGEST_NAME}`,
                  message: `metadata.name is longer than ${LONGEST_NAME} characters: names of Deployments and Jobs are made of it`,
                },
              ],
            },
          },
        },
      ],
    },
  };
}

/** An object's default is checked by its rules before the defaults of its fields are filled in, so it must have them. */
function withWholeDefaults(schema: Schema): Schema {
  const { properties, items } = schema;
  if (items !== undefined) return { ...schema, items: withWholeDefaults(items) };
  if (properties === undefined) return schema;
  const whole = Object.entries(properties).map(([name, field]) => [name, withWholeDefaults(field)] as const);
  const defaults = whole.flatMap(([name, field]) =>
    field.default === undefined ? [] : [[name, field.default] as const],
  );
  return {
    ...schema,
    properties: Object.fromEntries(whole),
    ...(schema.default !== undefined && { default: Object.fromEntries(defaults) }),
  };
}
