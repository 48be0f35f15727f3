import { createLogger } from '@outrider/service-kit/logging';
import { readOperatorConfig } from '../config.js';
import { inClusterAccess } from '../kubernetes/index.js';
import { startOperator } from '../start-operator.js';

/**
 * The operator as a process that is killed as soon as the write of that number was answered, those of its Lease not
 * counted: `operator-to-kill.js NUMBER ACCOUNT`, with the folder of a ServiceAccount's files. With 0 it lives on.
 */
const [number, account] = process.argv.slice(2);
const fatal = Number(number);
let writes = 0;
const config = readOperatorConfig(process.env);
await startOperator(config, createLogger('operator', config.LOG_LEVEL), {
  access: inClusterAccess(process.env, account),
  electionTimes: { leaseMs: 3_000, deadlineMs: 2_000, retryMs: 500 },
  observe: ({ method, path }) => {
    if (method === 'GET' || path.includes('/leases')) return;
    writes += 1;
    if (writes === fatal) process.kill(process.pid, 'SIGKILL');
  },
});
