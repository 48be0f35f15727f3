import { access, constants, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { UsageError } from '../cli/errors.js';
import { PROJECT_ROOT } from '../run/project.js';
import { choosePorts } from '../run/ports.js';
import type { Run } from '../run/run-directory.js';
import { HOST, publicUrl, type Layout } from './layout.js';
import type { Readiness } from './wait-until-ready.js';

const PORT = 9090;
const INTERVAL = '5s';

/**
 * The program: PROMETHEUS, or `prometheus` in PATH.
 * @throws UsageError that says where to get it
 */
export async function findPrometheus(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const given = env['PROMETHEUS'];
  const candidates = given ? [given] : (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'prometheus'));
  for (const path of candidates) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // not this one
    }
  }
  throw new UsageError(
    given
      ? `PROMETHEUS is ${given}, which cannot be executed.`
      : '--prometheus needs Prometheus 2.42 or later: have `prometheus` in PATH (Debian: apt-get install prometheus), or its path in PROMETHEUS.',
  );
}

/** Scrapes every process, a job for each part, and evaluates the rules of k8s/monitoring. */
export function prometheusConfig({ admin }: Pick<Layout, 'admin'>): string {
  return stringify({
    global: { scrape_interval: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: [join(PROJECT_ROOT, 'k8s/monitoring/rules.yaml')],
    scrape_configs: Object.entries(admin).map(([part, ports]) => ({
      job_name: part,
      static_configs: [{ targets: ports.map((port) => `${HOST}:${port}`) }],
    })),
  });
}

/** A Prometheus that keeps what it scrapes in the folder of the run. */
export async function prometheusProgram(
  run: Run,
  command: string,
  layout: Layout,
): Promise<Readiness & { readonly address: string }> {
  const { ports } = await choosePorts([{ what: 'Prometheus', wished: PORT }]);
  const port = ports.get('Prometheus') ?? PORT;
  const configFile = join(run.directory, 'prometheus.yml');
  await writeFile(configFile, prometheusConfig(layout));
  const address = publicUrl(port);
  return {
    address,
    url: `${address}/api/v1/status/runtimeinfo`,
    program: {
      name: 'prometheus',
      spec: {
        command,
        args: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${join(run.directory, 'prometheus')}`,
          `--web.listen-address=${HOST}:${port}`,
        ],
        env: process.env,
        cwd: run.directory,
        logFile: join(run.logs, 'prometheus.log'),
        stopSignal: 'SIGTERM',
      },
    },
  };
}
