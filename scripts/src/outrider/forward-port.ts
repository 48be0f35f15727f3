import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CommandError } from '../cli/errors.js';
import { Tool } from '../cli/tool.js';

/** How a cluster is reached: as kubectl does, unless said. */
export interface ClusterOptions {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** How long kubectl may take to say where it listens, ms. */
const TIMEOUT_MS = 30_000;
const LISTENS = /^Forwarding from 127\.0\.0\.1:(\d+)/u;

/**
 * Forwards a port of this machine to one of a Service, by `kubectl port-forward` (KUBECTL: another program, or several words), until
 * this process exits.
 *
 * @returns the URL at which it answers here
 * @throws CommandError with what kubectl said, when it ends or does not listen
 */
export async function forwardPort(
  service: string,
  remote: number,
  options: ClusterOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const kubectl = new Tool(env['KUBECTL'] || 'kubectl', {});
  const { command, args } = kubectl.commandLine([
    ...Object.entries({
      kubeconfig: options.kubeconfig,
      context: options.context,
      namespace: options.namespace,
    }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    'port-forward',
    '--address=127.0.0.1',
    `service/${service}`,
    `:${remote}`,
  ]);
  const child = spawn(command, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill());
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const port = LISTENS.exec(line)?.[1];
    if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
  });
  child.once('error', (error) => reject(new CommandError(`${command} cannot be started: ${error.message}`)));
  child.once('close', (code) => {
    const why = said.trim().split('\n').at(-1) ?? '';
    reject(new CommandError(`kubectl port-forward service/${service} ended with ${code}: ${why}`));
  });
  const timer = setTimeout(
    () =>
      reject(new CommandError(`kubectl port-forward service/${service} does not listen after ${TIMEOUT_MS / 1000} s`)),
    TIMEOUT_MS,
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
