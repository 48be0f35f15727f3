import { createLogger } from '@outrider/service-kit/logging';
import { stopStages, type Stage } from '@outrider/service-kit/process';
import { freePort } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { readOperatorConfig } from '../config.js';
import { kubeconfigAccess, type ApiClient, type Call } from '../kubernetes/index.js';
import { startOperator } from '../start-operator.js';
import { createDefinitions } from './definitions.js';
import { clientOf } from './namespace.js';

const QUICK = { leaseMs: 3_000, deadlineMs: 2_000, retryMs: 300 };
const log = createLogger('operator', process.env['TEST_LOG'] ?? 'silent');

export interface OperatorUnderTestOptions {
  /** who it is; the next one of the same name takes over its Lease at once */
  readonly name?: string;
  /** notified of each write that was answered, those of the Lease left out; true: that was the last that it does */
  readonly isFatal?: (write: Call) => boolean;
}

/** Ends the operator as a process ends that closes: its Lease is given back. */
export type StopOperator = () => Promise<void>;

/** An API server of a test's own that knows the operator's kinds, and operators that run in the test's process. */
export class OperatorsUnderTest implements AsyncDisposable {
  readonly #running = new Set<readonly Stage[]>();

  private constructor(
    readonly server: OwnApiServer,
    readonly client: ApiClient,
  ) {}

  static async open(): Promise<OperatorsUnderTest> {
    const server = await OwnApiServer.open();
    const client = await clientOf(server.adminKubeconfig());
    await createDefinitions(client);
    return new OperatorsUnderTest(server, client);
  }

  /**
   * Starts an operator for a namespace. After a fatal write it is cut off from the API server, so that it neither reads nor
   * writes, and its Lease stays its own: what it does then reaches nobody, as if it had been killed.
   */
  async start(
    namespace: string,
    { name = 'one', isFatal = () => false }: OperatorUnderTestOptions = {},
  ): Promise<StopOperator> {
    const config = readOperatorConfig({
      KUBECONFIG: this.server.kubeconfig,
      WATCH_NAMESPACE: namespace,
      LEASE_NAME: namespace,
      POD_NAME: name,
      ADMIN_PORT: String(await freePort()),
      HOST: '127.0.0.1',
    });
    const access = await kubeconfigAccess(this.server.kubeconfig);
    let isDead = false;
    const stages = await startOperator(config, log, {
      electionTimes: QUICK,
      access: {
        ...access,
        credentials: async () => {
          if (isDead) throw new Error('this operator was killed');
          return access.credentials();
        },
      },
      observe: (call, status) => {
        if (call.method === 'GET' || call.path.includes('/leases') || status === 'none') return;
        if (!isDead && isFatal(call)) isDead = true;
      },
    });
    this.#running.add(stages);
    return async () => {
      if (this.#running.delete(stages)) await stopStages(stages, log);
    };
  }

  /** Ends all operators. */
  async stop(): Promise<void> {
    for (const stages of this.#running) await stopStages(stages, log);
    this.#running.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.client.close();
    await this.server[Symbol.asyncDispose]();
  }
}
