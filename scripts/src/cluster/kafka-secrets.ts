import type { KeyPair } from '@outrider/testkit/certificates';
import { SERVICES, WORKER } from '../installation/layout.js';
import { kafkaAcls } from '../kafka-access/grant-kafka-rights.js';
import { secret, type KubernetesObject } from './kubernetes-objects.js';

const USERS = [...SERVICES, WORKER, 'migrate'] as const;
const LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required';

/** What Kafka of a development cluster is set up by, and for each user the secret that Strimzi would write. */
export function kafkaSecrets(
  authority: string,
  server: KeyPair,
  adminPassword: string,
  password: () => string,
): KubernetesObject[] {
  const users = USERS.map((user) => ({ user, password: password() }));
  const login = (user: string, own: string): string => `${LOGIN} username="${user}" password="${own}";`;
  return [
    secret('kafka-server', {
      'server.properties': properties(server, authority, login('admin', adminPassword)),
      // arguments of kafka-storage.sh, one a line
      'scram.conf': [{ user: 'admin', password: adminPassword }, ...users]
        .flatMap(({ user, password: own }) => ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${own}]`])
        .map((argument) => `${argument}\n`)
        .join(''),
    }),
    secret('kafka-cluster-ca-cert', { 'ca.crt': authority }),
    secret('kafka-access', {
      'grant.mjs': GRANT,
      'ca.crt': authority,
      password: adminPassword,
      'rights.json': JSON.stringify(kafkaAcls('')),
    }),
    ...users.map(({ user, password: own }) =>
      secret(`kafka-${user}`, { password: own, 'sasl.jaas.config': login(user, own) }),
    ),
  ];
}

function properties(server: KeyPair, authority: string, admin: string): string {
  const pem = (text: string): string => text.trim().split(/\r?\n/u).join('\\n');
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': '1@127.0.0.1:9094',
    listeners: 'SASL_SSL://:9093,CONTROLLER://127.0.0.1:9094',
    'advertised.listeners': 'SASL_SSL://kafka:9093',
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': admin,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': pem(server.key),
    'ssl.keystore.certificate.chain': pem(server.cert),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': pem(authority),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    // ANONYMOUS is the controller's listener, which nobody outside the pod reaches
    'super.users': 'User:admin;User:ANONYMOUS',
    'log.dirs': '/var/lib/kafka/data',
    'auto.create.topics.enable': 'false',
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Runs in the image of a service, which has a client of Kafka. */
const GRANT = `import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const { Kafka } = createRequire('/app/package.json')('kafkajs');
const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const admin = new Kafka({
  clientId: 'kafka-access',
  brokers: ['kafka:9093'],
  ssl: { ca: [read('ca.crt')] },
  sasl: { mechanism: 'scram-sha-512', username: 'admin', password: read('password') },
}).admin();
await admin.connect();
await admin.createAcls({ acl: JSON.parse(read('rights.json')) });
await admin.disconnect();
`;
