import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from '@outrider/testkit';
import { HOST, publicUrl } from './layout.js';
import { prometheusArguments, prometheusConfig, type PrometheusPlan } from './prometheus.js';
import { PrometheusApi } from '../monitoring/prometheus-api.js';
import type { UpFile } from '../run/up-file.js';

/** `host:port` of the processes of an installation, by part. */
export function targetsOf({ services }: UpFile): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(services).map(([part, { metricsUrls }]) => [part, metricsUrls.map((url) => new URL(url).host)]),
  );
}

/** A Prometheus beside an installation; what it has scraped goes away with it. */
export class StartedPrometheus implements AsyncDisposable {
  private constructor(
    readonly url: string,
    readonly api: PrometheusApi,
    private readonly end: () => Promise<void>,
  ) {}

  /** @throws Error when it does not answer, with what it said */
  static async start(command: string, plan: PrometheusPlan): Promise<StartedPrometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'outrider-prometheus-'));
    const configFile = join(folder, 'prometheus.yml');
    await writeFile(configFile, prometheusConfig(plan));
    const port = await freePort();
    const child = spawn(command, prometheusArguments(configFile, join(folder, 'data'), port), {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    const end = async (): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, maxRetries: 5 });
    };
    const url = publicUrl(port);
    try {
      await until(`Prometheus at ${HOST}:${port} is ready`, async () => {
        if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${said}`);
        return await fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
      });
    } catch (error) {
      await end();
      throw new Error(`Prometheus was not ready; it said last:\n${said}`, { cause: error });
    }
    return new StartedPrometheus(url, new PrometheusApi(url), end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
