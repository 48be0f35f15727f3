import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InfraError } from '../infra-error.js';
import { findExecutable } from './find-executable.js';

const OLDEST = 17;
const ADVICE = `Install Java ${OLDEST} or newer to run Kafka on this machine, or start Docker, or set KAFKA_BROKERS.`;

/**
 * The `java` to run Kafka 4 with: JAVA_HOME's, else PATH's.
 *
 * @throws InfraError INFRA_JAVA_MISSING when there is none or it is older than 17.
 */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const java = home === undefined || home === '' ? await findExecutable('java') : join(home, 'bin', 'java');
  if (java === undefined) throw new InfraError('INFRA_JAVA_MISSING', ADVICE);
  let said: string;
  try {
    said = (await promisify(execFile)(java, ['-version'])).stderr;
  } catch (error) {
    throw new InfraError('INFRA_JAVA_MISSING', ADVICE, { cause: error });
  }
  // `openjdk version "17.0.15"`; Java 8 says "1.8.0_…".
  const major = Number(/version "(\d+)/.exec(said)?.[1]);
  if (!(major >= OLDEST)) throw new InfraError('INFRA_JAVA_MISSING', ADVICE);
  return java;
}
