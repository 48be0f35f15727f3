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
const EVERY_SECONDS = 5;
const RULES = join(PROJECT_ROOT, 'k8s/monitoring/rules.yaml');

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

/** What a Prometheus scrapes, and by which rules it judges. */
export interface PrometheusPlan {
  /** `host:port` of each process, by part */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly rulesFile?: string;
  /** between two scrapes, and between two looks at the rules, in seconds */
  readonly everySeconds?: number;
  /** further labels of each target of a part */
  readonly labels?: (part: string, target: string) => Readonly<Record<string, string>>;
}

/** Scrapes every process, a job for each part, and evaluates rules, by default those of k8s/monitoring. */
export function prometheusConfig(plan: PrometheusPlan): string {
  const { targets, rulesFile = RULES, everySeconds = EVERY_SECONDS, labels } = plan;
  return stringify({
    global: { scrape_interval: `${everySeconds}s`, evaluation_interval: `${everySeconds}s` },
    rule_files: [rulesFile],
    scrape_configs: Object.entries(targets).map(([part, all]) => ({
      job_name: part,
      static_configs:
        labels === undefined
          ? [{ targets: [...all] }]
          : all.map((target) => ({ targets: [target], labels: labels(part, target) })),
    })),
  });
}

/** The arguments by which Prometheus is started. */
export function prometheusArguments(configFile: string, dataFolder: string, port: number): string[] {
  return [`--config.file=${configFile}`, `--storage.tsdb.path=${dataFolder}`, `--web.listen-address=${HOST}:${port}`];
}

/** A Prometheus that keeps what it scrapes in the folder of the run. Its port is held until `undo` is disposed of. */
export async function prometheusProgram(
  run: Run,
  command: string,
  layout: Layout,
  undo: AsyncDisposableStack,
): Promise<Readiness & { readonly address: string }> {
  const { ports } = undo.use(await choosePorts([{ what: 'Prometheus', wished: PORT }]));
  const port = ports.get('Prometheus') ?? PORT;
  const configFile = join(run.directory, 'prometheus.yml');
  const targets = Object.fromEntries(
    Object.entries(layout.admin).map(([part, ports]) => [part, ports.map((one) => `${HOST}:${one}`)]),
  );
  await writeFile(configFile, prometheusConfig({ targets }));
  const address = publicUrl(port);
  return {
    address,
    url: `${address}/api/v1/status/runtimeinfo`,
    program: {
      name: 'prometheus',
      spec: {
        command,
        args: prometheusArguments(configFile, join(run.directory, 'prometheus'), port),
        env: process.env,
        cwd: run.directory,
        logFile: join(run.logs, 'prometheus.log'),
        stopSignal: 'SIGTERM',
      },
    },
  };
}
