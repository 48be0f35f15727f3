import { observeCredentials } from '@outrider/connections';
import { createAdminServer, Health } from '@outrider/service-kit/health';
import type { Logger } from '@outrider/service-kit/logging';
import { createMetrics } from '@outrider/service-kit/metrics';
import { startStages, type Stage } from '@outrider/service-kit/process';
import type { OperatorConfig } from './config.js';
import {
  ApiClient,
  inClusterAccess,
  kubeconfigAccess,
  LeaderElection,
  type Call,
  type CallObserver,
  type ClusterAccess,
  type ElectionTimes,
} from './kubernetes/index.js';
import { scraper } from './measure/scrape.js';
import { ClusterView } from './observe/cluster-view.js';
import { Measures } from './observe/measures.js';
import { stalledOf } from './observe/stalled.js';
import { OperatorMetrics } from './operator-metrics.js';
import { Operator } from './operator.js';

export interface OperatorOptions {
  /** how the API server is reached, in place of what the settings say */
  readonly access?: ClusterAccess;
  readonly electionTimes?: ElectionTimes;
  /** notified of each request to the API server */
  readonly observe?: CallObserver;
}

/** Without an answer for so long, the operator is not ready: it does not see what happens. */
const UNANSWERED_MS = 60_000;

/**
 * Looks after CommerceServices and OutboxWorkers. Several processes may run: all watch, and one writes.
 * @returns its stages, started
 * @throws ConfigError when it cannot know how the API server is reached; the listen error when the admin port is taken
 */
export async function startOperator(
  config: OperatorConfig,
  log: Logger,
  { access: given, electionTimes, observe = () => undefined }: OperatorOptions = {},
): Promise<readonly Stage[]> {
  const metrics = createMetrics(config.APP_VERSION);
  observeCredentials(metrics.registry, log);
  const access = given ?? (await accessOf(config));
  let answeredAt = performance.now();
  const client = new ApiClient(access, (call: Call, status) => {
    if (status !== 'none') answeredAt = performance.now();
    own.requested(call, status);
    observe(call, status);
  });
  const namespace = config.WATCH_NAMESPACE ?? access.namespace;
  const view = new ClusterView(client, log, {
    namespace: namespace === '*' ? undefined : namespace,
    restarted: (kind, reason) => own.watchRestarted(kind, reason),
  });
  const measures = new Measures(view, scraper(), (pod, error) => {
    own.scrapeFailed();
    log.debug({ pod: pod.metadata.name, err: error }, 'a pod does not show its metrics');
  });
  const own: OperatorMetrics = new OperatorMetrics(metrics.registry, {
    queued: () => operator.depth,
    leads: () => operator.leads,
    resources: (kind) => (kind === 'CommerceService' ? view.services : view.workers).size,
    stalled: () => stalledOf(view),
  });
  const operator: Operator = new Operator({ client, view, measures, metrics: own, log, instance: config.POD_NAME });
  const place = { namespace: access.namespace, name: config.LEASE_NAME, identity: config.POD_NAME };
  const election = new LeaderElection(client, place, log, electionTimes);
  const health = new Health([
    {
      name: 'resources',
      check: async () => {
        if (!view.synced) throw new Error('not all resources have been listed yet');
      },
    },
    {
      name: 'kubernetes',
      check: async () => {
        if (performance.now() - answeredAt > UNANSWERED_MS) throw new Error('the API server does not answer');
      },
    },
  ]);
  const admin = createAdminServer(health, metrics.registry);
  const stages: readonly Stage[] = [
    {
      name: 'admin port',
      start: () => admin.listen({ host: config.HOST, port: config.ADMIN_PORT }),
      stop: () => admin.close(),
    },
    { name: 'connections', stop: () => client.close() },
    { name: 'watches', start: () => view.open(), stop: () => view.close() },
    {
      name: 'work',
      start: () => election.start((leadership) => operator.lead(leadership)),
      stop: () => election.close(),
    },
    { name: 'readiness', stop: () => health.close() },
  ];
  await startStages(stages, log);
  return stages;
}

async function accessOf({ KUBECONFIG }: OperatorConfig): Promise<ClusterAccess> {
  return KUBECONFIG === undefined ? inClusterAccess(process.env) : kubeconfigAccess(KUBECONFIG);
}
