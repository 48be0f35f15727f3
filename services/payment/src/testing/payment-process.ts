import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@outrider/testkit';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A payment service as it runs in production: built, and a process of its own. */
export interface PaymentProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly exited: Promise<number | null>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Stops it in the middle of whatever it does, as a paused machine would, until `resume`. */
  pause(): void;
  resume(): void;
}

/** Runs `main.js migrate` to its end. */
export async function migratePayment(env: Readonly<Record<string, string>>): Promise<void> {
  const child = start({ ...env, PORT: '1', ADMIN_PORT: '1' }, ['migrate']);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`migrate ended with ${code}`);
}

/**
 * Starts the service.
 *
 * @param until it listens, or it has joined its consumer group too: that takes as long as a killed member is missed
 */
export async function startPaymentProcess(
  env: Readonly<Record<string, string>>,
  until: 'listening' | 'consuming',
): Promise<PaymentProcess> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const adminUrl = `http://127.0.0.1:${await freePort()}`;
  const child = start({ ...env, PORT: new URL(url).port, ADMIN_PORT: new URL(adminUrl).port }, []);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  let ended = false;
  void exited.then(() => (ended = true));
  for (;;) {
    if (ended) throw new Error('the payment service ended before it was ready');
    const ready = await fetch(`${url}/${until === 'consuming' ? 'readyz' : 'livez'}`).catch(() => undefined);
    if (ready?.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    adminUrl,
    exited,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill(signal) {
      if (!ended) child.kill(signal);
      await exited;
    },
  };
}

function start(env: Readonly<Record<string, string>>, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
