import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import type { StartContext, StartedPart } from '../part.js';
import { findJava } from './find-java.js';
import { kafkaLogging, kafkaProperties } from './kafka-configuration.js';
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

// A broker for one machine: the serial collector and the first compiler start quickest and take least memory.
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

/** Any id does: clusters differ by their data directory. */
const CLUSTER_ID = 'b3V0cmlkZXItbG9jYWwtMQ';

/**
 * Starts Apache Kafka as one process, broker and controller, under the keeper. Topics are not created by mention.
 *
 * @throws InfraError INFRA_JAVA_MISSING, INFRA_MAVEN_MISSING, INFRA_DOWNLOAD_FAILED, INFRA_START_FAILED
 */
export async function startEmbeddedKafka(context: StartContext): Promise<StartedPart> {
  const java = await findJava();
  const jars = await mavenFolder(JARS, context.keeper, context.log);

  const directory = join(context.dataDirectory, 'kafka');
  await mkdir(directory, { recursive: true });
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(directory, 'server.properties');
  const logging = join(directory, 'log4j2.properties');
  const logs = join(directory, 'logs');
  await writeFile(properties, kafkaProperties({ port, controllerPort, logs, durable: context.durable }));
  await writeFile(logging, kafkaLogging());
  const run = {
    command: java,
    env: process.env,
    cwd: directory,
  };
  const jvm = [...JVM, `-Dlog4j2.configurationFile=${logging}`, '-cp', `${jars}/*`];

  if (!(await isFormatted(logs))) {
    await runKept(
      context.keeper,
      {
        ...run,
        args: [...jvm, '-Xmx128m', 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties],
        logFile: join(directory, 'format.log'),
      },
      { code: 'INFRA_START_FAILED', what: 'Kafka could not format its storage' },
    );
  }

  const logFile = join(context.dataDirectory, 'kafka.log');
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
  return { url: `127.0.0.1:${port}`, version, pid: broker.pid };
}

async function isFormatted(logs: string): Promise<boolean> {
  return access(join(logs, 'meta.properties')).then(
    () => true,
    () => false,
  );
}
