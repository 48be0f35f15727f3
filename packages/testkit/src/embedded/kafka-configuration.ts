/** server.properties of one process that is broker and controller. */
export function kafkaProperties(options: {
  readonly port: number;
  readonly controllerPort: number;
  /** Where the broker keeps its logs. */
  readonly logs: string;
  /** True: the log is flushed to disk every second; false: when the operating system likes. */
  readonly durable: boolean;
}): string {
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${options.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': options.logs,

    // A misspelt topic is an error here as it is in production.
    'auto.create.topics.enable': false,

    // One broker holds the only replica of everything, and a few partitions of the internal topics are enough.
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
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
