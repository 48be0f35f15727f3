import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allOrFirstFailure } from '../all-or-first-failure.js';
import type { KeyPair } from '../certificates/index.js';
import { freePort } from '../free-port.js';
import type { StartContext, StartedPart } from '../part.js';
import { SECURE_HOST } from '../security.js';
import { findJava } from './find-java.js';
import { kafkaLogging, kafkaProperties, type KafkaSecurityFiles } from './kafka-configuration.js';
import { mavenFolder, type MavenFolder } from './maven-cache.js';
import { runKept } from './run-kept.js';
import { waitUntilStarted } from './wait-until-started.js';

const JARS: MavenFolder = {
  pom: 'kafka.xml',
  versionProperty: 'kafka.version',
  name: 'kafka',
  what: "Kafka's jars (43 MB)",
  arguments: (directory) => [
    'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${directory}`,
  ],
};

// A broker for one machine: the serial collector starts quickest and takes least memory, and so does the first compiler.
const JVM = ['-XX:+UseSerialGC', '-Xshare:auto'];
const FIRST_COMPILER = '-XX:TieredStopAtLevel=1';

/** Any id does: clusters differ by their data directory. */
export const KAFKA_CLUSTER_ID = 'b3V0cmlkZXItbG9jYWwtMQ';

/**
 * Starts Apache Kafka under the keeper: as one process, broker and controller, or as a cluster of such. Topics are not
 * created by mention.
 *
 * @throws InfraError INFRA_JAVA_MISSING, INFRA_MAVEN_MISSING, INFRA_DOWNLOAD_FAILED, INFRA_START_FAILED
 */
export async function startEmbeddedKafka(context: StartContext): Promise<StartedPart> {
  const { security, brokers = 1 } = context;
  if (security === undefined) {
    const nodes = await runKafkaCluster(context, brokers);
    const [first] = nodes;
    return {
      url: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
      version: first?.version ?? 'unknown',
      ...(first && { pid: first.pid }),
      brokerPids: nodes.map(({ pid }) => pid),
    };
  }
  const { port, certificatePort, version, pid } = await runKafka(context, {
    ...security,
    passwords: security.kafkaPasswords,
  });
  const certificateBroker = `${SECURE_HOST}:${certificatePort}`;
  return { url: `${SECURE_HOST}:${port}`, certificateBroker, version, pid, brokerPids: [pid] };
}

/** How a broker is set up that wants TLS and a login. */
export interface KafkaSecurity {
  /** its own certificate, for localhost and 127.0.0.1 */
  readonly certificate: KeyPair;
  /** clients' certificates are checked against it, PEM */
  readonly authority: string;
  /** who may log in with a password, beside `admin`; by name */
  readonly passwords: Readonly<Record<string, string>>;
  readonly adminPassword: string;
}

/** A broker that runs. */
export interface RunningKafka {
  readonly port: number;
  /** for clients that log in by certificate; 0 where there is no security */
  readonly certificatePort: number;
  readonly version: string;
  readonly pid: number;
}

/** Which of how many. */
interface KafkaNode {
  /** from 1 on */
  readonly node: number;
  /** of all nodes */
  readonly controllerPorts: readonly number[];
}

/** Starts a broker by itself in the context's folder. @throws as `startEmbeddedKafka` */
export async function runKafka(context: StartContext, security?: KafkaSecurity): Promise<RunningKafka> {
  return runNode(context, { node: 1, controllerPorts: [await freePort()] }, security);
}

/** Brokers that are copies of each other, and of which more than half elect a controller. */
async function runKafkaCluster(context: StartContext, brokers: number): Promise<RunningKafka[]> {
  const controllerPorts: number[] = [];
  while (controllerPorts.length < brokers) controllerPorts.push(await freePort());
  // before several want to download them
  await mavenFolder(JARS, context.keeper, context.log);
  // at once: none is up before they have elected a controller
  return allOrFirstFailure(controllerPorts.map((_, index) => runNode(context, { node: index + 1, controllerPorts })));
}

async function runNode(
  context: StartContext,
  { node, controllerPorts }: KafkaNode,
  security?: KafkaSecurity,
): Promise<RunningKafka> {
  const java = await findJava();
  const jars = await mavenFolder(JARS, context.keeper, context.log);

  const name = node === 1 ? 'kafka' : `kafka-${node}`;
  const directory = join(context.dataDirectory, name);
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const controllerPort = controllerPorts[node - 1] ?? 0;
  const properties = join(directory, 'server.properties');
  const logging = join(directory, 'log4j2.properties');
  const logs = join(directory, 'logs');
  const certificatePort = security === undefined ? 0 : await freePort();
  const files = security === undefined ? undefined : await securityFiles(directory, security, certificatePort);
  await writeFile(
    properties,
    kafkaProperties({ port, controllerPort, node, controllerPorts, logs, durable: context.durable, security: files }),
    // a password may stand in it
    { mode: 0o600 },
  );
  await writeFile(logging, kafkaLogging());
  const run = {
    command: java,
    env: process.env,
    cwd: directory,
  };
  const jvm = [
    ...JVM,
    ...(context.fullJvm ? [] : [FIRST_COMPILER]),
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    `${jars}/*`,
  ];

  if (!(await isFormatted(logs))) {
    await runKept(
      context.keeper,
      {
        ...run,
        args: [
          ...jvm,
          '-Xmx128m',
          'kafka.tools.StorageTool',
          'format',
          '-t',
          KAFKA_CLUSTER_ID,
          '-c',
          properties,
          ...storageLogins(security),
        ],
        logFile: join(directory, 'format.log'),
      },
      { code: 'INFRA_START_FAILED', what: 'Kafka could not format its storage' },
    );
  }

  const logFile = join(context.dataDirectory, `${name}.log`);
  await writeFile(logFile, '');
  const broker = await context.keeper.spawn({
    ...run,
    args: [...jvm, '-Xms64m', '-Xmx512m', 'kafka.Kafka', properties],
    logFile,
    // A controlled shutdown takes seconds, and a log that is thrown away needs none.
    stopSignal: context.durable ? 'SIGTERM' : 'SIGKILL',
  });
  const log = await waitUntilStarted('Kafka', broker, logFile, /Kafka Server started/);
  const version = /Kafka version: (\S+)/.exec(log)?.[1] ?? 'unknown';
  return { port, certificatePort, version, pid: broker.pid };
}

async function securityFiles(
  directory: string,
  { certificate, authority, adminPassword }: KafkaSecurity,
  certificatePort: number,
): Promise<KafkaSecurityFiles> {
  const [keystore, truststore] = [join(directory, 'keystore.pem'), join(directory, 'truststore.pem')];
  await writeFile(keystore, `${certificate.key}${certificate.cert}`, { mode: 0o600 });
  await writeFile(truststore, authority);
  return { keystore, truststore, certificatePort, adminPassword };
}

/** Arguments of the storage tool. */
export function storageLogins(security: KafkaSecurity | undefined): string[] {
  if (security === undefined) return [];
  return Object.entries({ ...security.passwords, admin: security.adminPassword }).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}

async function isFormatted(logs: string): Promise<boolean> {
  return access(join(logs, 'meta.properties')).then(
    () => true,
    () => false,
  );
}
