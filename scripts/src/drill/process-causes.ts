import { CommandError } from '../cli/errors.js';
import type { Cause } from './cause.js';
import type { Drilled } from './drilled.js';

// A process that is killed is started again at once by what keeps it; one that is stopped does as little as a dead one
// for as long as is wanted, and its lease, its membership and its scrapes end in the same way.

function signalAll(pids: readonly (number | undefined)[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    if (pid === undefined) throw new CommandError('A process that is to be stopped is not there.');
    process.kill(pid, signal);
  }
}

function stopped(
  name: string,
  what: string,
  fires: readonly string[],
  pids: () => readonly (number | undefined)[],
): Cause {
  let victims: readonly (number | undefined)[] = [];
  return {
    name,
    what,
    fires,
    async begin() {
      victims = pids();
      signalAll(victims, 'SIGSTOP');
    },
    async end() {
      signalAll(victims, 'SIGCONT');
    },
  };
}

/** All outbox-workers are gone, while orders come. */
export const workersStopped = ({ up }: Drilled): Cause =>
  stopped(
    'workers',
    'every outbox-worker stopped',
    ['OutriderShardsUnowned', 'OutriderOutboxAge', 'OutriderMetricsMissing outbox-worker'],
    () => up.services['outbox-worker'].pids,
  );

/** The broker is gone, while orders come. */
export const brokerStopped = ({ started }: Drilled): Cause =>
  stopped('broker', 'the broker stopped', ['OutriderOutboxAge', 'OutriderConsumerNotJoined'], () => [
    started.infra.pids.kafka,
  ]);

/** The provider is gone: it says neither yes nor no, nor what became of what it was asked before. */
export const providerStopped = ({ up }: Drilled): Cause =>
  stopped('provider', 'the payment provider stopped, with requests under way', ['OutriderPaymentsInDoubt'], () => [
    up.simulator.pid,
  ]);

export const reconcilerStopped = ({ up }: Drilled): Cause =>
  stopped(
    'reconciler',
    'the reconciler stopped',
    ['OutriderMetricsMissing reconciler'],
    () => up.services.reconciler.pids,
  );

/** Every payment process is gone, so orders stay where they are and customers are not served in time. */
export const paymentStopped = ({ up }: Drilled): Cause =>
  stopped(
    'payment',
    'every payment process stopped',
    ['OutriderMetricsMissing payment', 'OutriderOrdersOverdue', 'OutriderErrorBudgetFast', 'OutriderErrorBudgetSlow'],
    () => up.services.payment.pids,
  );
