// Starts the servers that the integration tests of one jest run share, before the first suite. Plain JavaScript on
// the built package: jest loads this file without its transforms.
import { SHARED_INFRA_VARIABLES, startInfra } from '../dist/index.js';

export default async function setup() {
  const infra = await startInfra({ durable: false, log: (line) => console.error(`  ${line}`) });
  process.env[SHARED_INFRA_VARIABLES.postgresUrl] = infra.postgresUrl;
  process.env[SHARED_INFRA_VARIABLES.brokers] = infra.brokers.join(',');
  process.env[SHARED_INFRA_VARIABLES.redisUrl] = infra.redisUrl;
  globalThis[Symbol.for('outrider.infra')] = infra;
}
