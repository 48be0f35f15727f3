import { COMMERCE_SERVICE_SPEC, OUTBOX_WORKER_SPEC } from '@outrider/operator/api';
import { z } from 'zod';
import { valuesOfKind } from './values-of-kind.js';

/** The values of the charts, strictly: a key that is not here is refused. All may be left out; values.yaml has defaults. */
const strict = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).partial();

const text = z.string();
const flag = z.boolean();
/** the address of a folder, without a slash at its end */
const runbooks = text.regex(/^$|^[^\s"$]*[^\s"$/]$/u);
const whole = (least: number, most: number) => z.int().min(least).max(most);
const port = whole(1, 65_535);
/** What Kubernetes itself checks. */
const object = z.record(z.string(), z.unknown());
const objects = z.array(object);
const labels = z.record(z.string(), text);
const secretName = text.regex(/^$|^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/u);
const sslMode = (modes: readonly string[]) => z.enum(modes);

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const CERTIFICATE_PRESETS = ['cert-manager', 'strimzi'];

const ca = strict({ existingSecret: secretName, configMap: secretName, key: text });
const clientCertificate = strict({
  existingSecret: secretName,
  preset: z.enum(CERTIFICATE_PRESETS),
  keys: strict({ certificate: text, key: text }),
});
const kafkaUser = strict({
  username: text,
  existingSecret: secretName,
  preset: z.enum(CERTIFICATE_PRESETS),
  keys: strict({ username: text, password: text, certificate: text, key: text }),
});
const image = strict({
  registry: text,
  repository: text,
  tag: text.regex(/^$|^[\w][\w.-]{0,90}$/u),
  digest: text.regex(/^$|^sha256:[a-f0-9]{64}$/u),
  pullPolicy: z.enum(['', 'IfNotPresent', 'Always', 'Never']),
});

const login = {
  host: text.regex(/^[^\s/@:]*$/u),
  port: whole(0, 65_535),
  sslMode: sslMode(['', ...SSL_MODES]),
  user: text.regex(/^[\w.-]*$/u),
  existingSecret: secretName,
  preset: z.enum(['basic-auth', 'cloudnative-pg']),
  keys: strict({ password: text, uri: text }),
  ca,
  clientCertificate,
};
const databaseName = text.regex(/^[\w.-]*$/u);
const database = strict({ ...login, name: databaseName });

const settings = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/u), z.union([text, z.number(), flag]));

/** What all charts of an installation share. */
const globalValues = strict({
  image: strict({
    registry: text,
    tag: image.shape.tag.unwrap(),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']),
    pullSecrets: z.array(strict({ name: text })),
  }),
  postgres: strict({
    host: login.host,
    port,
    sslMode: sslMode(SSL_MODES),
    ca,
    pooled: flag,
    maxConnections: whole(1, 1_000_000),
  }),
  kafka: strict({
    brokers: text.regex(/^$|^[^\s:,]+:\d{1,5}(\s*,\s*[^\s:,]+:\d{1,5})*$/u),
    client: z.enum(['kafkajs', 'platformatic']),
    topicPrefix: text.regex(/^[\w.-]{0,100}$/u),
    tls: flag,
    ca,
    authentication: z.enum(['none', 'tls', 'plain', 'scram-sha-256', 'scram-sha-512']),
  }),
  auth: strict({
    issuer: text,
    audience: text,
    jwks: text.regex(/^$|^https?:\/\/\S+$/u),
    jwksConfigMap: strict({ name: secretName, key: text }),
    algorithms: text,
    rolesClaim: text.min(1),
    apiKeys: strict({ existingSecret: secretName, key: text }),
  }),
  paymentProvider: text.regex(/^[a-z][a-z0-9-]{0,49}$/u),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  networkPolicy: strict({
    enabled: flag,
    monitoring: objects,
    operator: objects,
    postgres: objects,
    postgresPorts: z.array(port),
    kafka: objects,
    kafkaPorts: z.array(port),
    issuer: objects,
    dns: objects,
  }),
  monitoring: strict({ enabled: flag, labels, interval: text.regex(/^\d+(ms|s|m)$/u) }),
});

/** What every process has. */
const process = {
  image,
  settings,
  serviceAccount: strict({ create: flag, name: secretName, annotations: labels }),
  resources: object,
  // the most that a grace period of ten minutes leaves
  shutdownDelaySeconds: whole(0, 565),
  startSeconds: whole(10, 3_600),
  podTemplateHashLabel: text.min(1),
  podLabels: labels,
  podAnnotations: labels,
  nodeSelector: labels,
  affinity: object,
  tolerations: objects,
  topologySpreadConstraints: objects,
  priorityClassName: text,
  extraEnv: z.array(z.looseObject({ name: text })),
  extraVolumes: z.array(z.looseObject({ name: text })),
  extraVolumeMounts: z.array(z.looseObject({ name: text, mountPath: text })),
  podSecurityContext: object,
  securityContext: object,
};
const runBy = z.enum(['deployment', 'both', 'operator']);
const podDisruptionBudget = strict({ enabled: flag });
const replicas = whole(1, 1_000);
const databases = strict({ order: database, inventory: database, payment: database, product: database });
const allDatabases = { database: strict(login), databases };
const onlyEgress = strict({ egress: objects });

const route = { enabled: flag, paths: z.array(text.regex(/^\//u)), annotations: labels };

const service = strict({
  global: globalValues,
  component: z.enum(['', 'order', 'inventory', 'payment', 'product']),
  ...process,
  runBy,
  rollout: valuesOfKind(COMMERCE_SERVICE_SPEC.properties.rollout),
  replicas,
  autoscaling: strict({
    enabled: flag,
    external: flag,
    minReplicas: replicas,
    maxReplicas: replicas,
    targetCPU: whole(1, 1_000),
  }),
  podDisruptionBudget,
  database: strict({ ...login, name: databaseName, pool: whole(2, 200) }),
  kafka: kafkaUser,
  migrate: strict({
    enabled: flag,
    contract: text,
    database,
    kafka: kafkaUser,
    roles: strict({ app: text.max(63), relay: text.max(63), reader: text.max(63) }),
    topics: z.enum(['create', 'verify']),
    replication: whole(0, 100),
    minInsync: whole(0, 100),
    waitSeconds: whole(0, 86_400),
    backoffLimit: whole(0, 100),
    ttlSecondsAfterFinished: whole(0, 31_536_000).nullable(),
    resources: object,
  }),
  redis: strict({
    url: text.regex(/^$|^rediss?:\/\/[^\s:@]*@?[^\s@]+$/u),
    existingSecret: secretName,
    keys: strict({ password: text }),
    ca,
    clientCertificate,
    sentinels: text,
    sentinelName: text,
    sentinel: strict({ existingSecret: secretName, key: text }),
    prefix: text,
  }),
  provider: strict({
    existingSecret: secretName,
    secrets: z.array(text.regex(/^[A-Z][A-Z0-9_]*$/u)),
    simulator: strict({ url: text.regex(/^$|^https?:\/\/\S+$/u) }),
    ports: z.array(port),
  }),
  service: strict({ type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']), annotations: labels }),
  ingress: strict({ ...route, className: text, host: text, tlsSecret: secretName }),
  httpRoute: strict({ ...route, parentRefs: objects, hostnames: z.array(text) }),
  networkPolicy: strict({ public: objects, redis: objects, provider: objects, egress: objects }),
});

const outboxWorker = strict({
  global: globalValues,
  ...process,
  runBy,
  scaling: valuesOfKind(OUTBOX_WORKER_SPEC.properties.scaling),
  replicas,
  autoscaling: strict({ external: flag }),
  podDisruptionBudget,
  ...allDatabases,
  kafka: kafkaUser,
  networkPolicy: onlyEgress,
});

/** Names of objects are made of it and of the release's, as labels of 63 characters at the most. */
const programName = text.regex(/^[a-z]([a-z0-9-]{0,25}[a-z0-9])?$/u);

/** A program of a shop's own. */
const program = strict({
  ...process,
  replicas,
  admin: flag,
  database: strict({ enabled: flag, ...login, name: databaseName }),
  kafka: kafkaUser,
  networkPolicy: onlyEgress,
});

/** A part of all. With less, 14.4 times the errors that it allows would be more than all, and no alert could fire. */
const objective = z.number().min(0.95).lt(1);

/** A part that its own chart checks. */
const elsewhere = z.looseObject({});

const outrider = strict({
  global: globalValues,
  monitoring: strict({
    dashboards: strict({ enabled: flag, labels }),
    rules: strict({ enabled: flag, runbooks }),
    objectives: strict({ orders: objective, requests: objective }),
  }),
  order: elsewhere,
  inventory: elsewhere,
  payment: elsewhere,
  product: elsewhere,
  'outbox-worker': elsewhere,
  reconciler: strict({ enabled: flag, ...process, ...allDatabases, networkPolicy: onlyEgress }),
  program,
  programs: z.record(programName, program),
  test: strict({
    enabled: flag,
    tokenSecret: secretName,
    paymentMethod: text,
    currency: text.regex(/^[A-Z]{3}$/u),
    timeoutSeconds: whole(1, 600),
  }),
});

/** A release of its own, which has to do with neither databases nor brokers. */
const operator = strict({
  global: strict({
    image: globalValues.shape.image.unwrap(),
    logLevel: globalValues.shape.logLevel.unwrap(),
    networkPolicy: strict({ enabled: flag, monitoring: objects, operator: objects, dns: objects }),
    monitoring: globalValues.shape.monitoring.unwrap(),
  }),
  ...process,
  watchNamespace: text.regex(/^$|^[*]$|^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u),
  crds: strict({ enabled: flag }),
  replicas,
  podDisruptionBudget,
  rules: strict({ enabled: flag, runbooks }),
  networkPolicy: strict({ apiServer: objects, apiServerPorts: z.array(port).min(1), pods: objects, egress: objects }),
  rbac: strict({ create: flag }),
});

export const CHARTS = { service, 'outbox-worker': outboxWorker, outrider, operator } as const;
export type Chart = keyof typeof CHARTS;
