/** A broker's own key and certificate, and whom it trusts: files in PEM. */
export interface KafkaSecurityFiles {
  /** the private key and behind it the certificate */
  readonly keystore: string;
  /** clients' certificates are checked against it */
  readonly truststore: string;
  /** the port for clients that log in by certificate; those with a password come to the broker's port */
  readonly certificatePort: number;
  /** the password of the user `admin`, who may do everything */
  readonly adminPassword: string;
}

/** Three copies where there are brokers for them; one may be away without writers noticing. */
const MOST_COPIES = 3;

/** server.properties of one process that is broker and controller, by itself or one of a cluster. */
export function kafkaProperties(options: {
  readonly port: number;
  readonly controllerPort: number;
  /** of a cluster, from 1 on; by default 1 */
  readonly node?: number;
  /** controller ports of all nodes of the cluster, in the order of their numbers; by default its own alone */
  readonly controllerPorts?: readonly number[];
  /** where clients with security are listened for; by default on this machine alone */
  readonly address?: string;
  /** Where the broker keeps its logs. */
  readonly logs: string;
  /** True: the log is flushed to disk every second; false: when the operating system likes. */
  readonly durable: boolean;
  /** clients come by TLS with a login, and may do nothing that an ACL does not allow them */
  readonly security?: KafkaSecurityFiles | undefined;
}): string {
  const { node = 1, controllerPorts = [options.controllerPort] } = options;
  const copies = Math.min(MOST_COPIES, controllerPorts.length);
  const inSync = Math.max(1, copies - 1);
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': node,
    'controller.quorum.voters': controllerPorts.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(','),
    ...listeners(options),
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': options.logs,

    // A misspelt topic is an error here as it is in production.
    'auto.create.topics.enable': false,

    // The broker's own defaults want three brokers; a few partitions of the internal topics are enough.
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 4,

    // By default the first member of a group waits 3 s for others.
    'group.initial.rebalance.delay.ms': 0,

    // Memory: the log cleaner takes 128 MB by default.
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    'log.index.size.max.bytes': 1_048_576,
  };
  if (options.durable) settings['log.flush.interval.ms'] = 1_000;
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** log4j2.properties: warnings, and the two classes that tell the version and that the broker is up. */
export function kafkaLogging(): string {
  return [
    'status = warn',
    'appender.stdout.type = Console',
    'appender.stdout.name = STDOUT',
    'appender.stdout.layout.type = PatternLayout',
    'appender.stdout.layout.pattern = [%d] %p %m (%c)%n',
    'rootLogger.level = warn',
    'rootLogger.appenderRefs = stdout',
    'rootLogger.appenderRef.stdout.ref = STDOUT',
    'logger.up.name = kafka.server.KafkaRaftServer',
    'logger.up.level = info',
    'logger.version.name = org.apache.kafka.common.utils.AppInfoParser',
    'logger.version.level = info',
    '',
  ].join('\n');
}

function listeners(options: {
  readonly port: number;
  readonly controllerPort: number;
  readonly address?: string;
  readonly security?: KafkaSecurityFiles | undefined;
}): Record<string, string> {
  const { port, controllerPort, address = '127.0.0.1', security } = options;
  const controller = `CONTROLLER://127.0.0.1:${controllerPort}`;
  if (security === undefined) {
    return {
      listeners: `PLAINTEXT://127.0.0.1:${port},${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
    };
  }
  const clients = `SASL_SSL://localhost:${port},SSL://localhost:${security.certificatePort}`;
  return {
    listeners: `SASL_SSL://${address}:${port},SSL://${address}:${security.certificatePort},${controller}`,
    'advertised.listeners': clients,
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="${security.adminPassword}";`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': security.keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': security.truststore,
    'listener.name.ssl.ssl.client.auth': 'required',
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    // ANONYMOUS is the controller's listener, to which nobody but this process connects: clients' listeners want a login
    'super.users': 'User:admin;User:ANONYMOUS',
  };
}
