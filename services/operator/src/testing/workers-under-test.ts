import { until } from '@outrider/testkit';
import type { Deployment } from '../api/objects.js';
import type { OutboxWorker, OutboxWorkerStatus } from '../api/outbox-worker.js';
import { pathOf, type ApiClient } from '../kubernetes/index.js';
import { KINDS } from '../observe/kinds.js';
import { createNamespace } from './namespace.js';
import { NodeStandIn } from './node-stand-in.js';
import { RelayStandIn } from './relay-stand-in.js';

const NAME = 'relay';
const IMAGE = 'worker';
const WAIT_MS = 180_000;

/** An OutboxWorker in a namespace of its own, whose pods and what they publish are stood in for. */
export class WorkersUnderTest {
  private constructor(
    private readonly client: ApiClient,
    readonly namespace: string,
    readonly relay: RelayStandIn,
    private readonly node: NodeStandIn,
  ) {}

  /** @param perWorker events that a worker publishes a second */
  static async open(client: ApiClient, perWorker: number): Promise<WorkersUnderTest> {
    const namespace = await createNamespace(client);
    const relay = new RelayStandIn(perWorker);
    const node = new NodeStandIn(client, namespace, () => ({ metrics: (_version, pod) => relay.metrics(pod) }));
    node.start();
    return new WorkersUnderTest(client, namespace, relay, node);
  }

  /** `kubectl apply` of the workers. */
  async apply(spec: object): Promise<void> {
    const ports = [{ name: 'admin', containerPort: await this.node.portOf(IMAGE) }];
    await this.client.request({
      method: 'PATCH',
      path: this.#path,
      query: { fieldManager: 'test', force: true },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: KINDS.OutboxWorker.apiVersion,
        kind: 'OutboxWorker',
        metadata: { name: NAME, namespace: this.namespace },
        spec: {
          container: NAME,
          template: { spec: { containers: [{ name: NAME, image: IMAGE, ports }] } },
          ...spec,
        },
      },
    });
  }

  async status(): Promise<OutboxWorkerStatus> {
    const { status = {} } = await this.client.request<OutboxWorker>({ method: 'GET', path: this.#path });
    return status;
  }

  /** Waits for a status. @throws Error with the last one */
  async reaches(what: string, condition: (status: OutboxWorkerStatus) => boolean): Promise<OutboxWorkerStatus> {
    let status: OutboxWorkerStatus = {};
    try {
      await until(what, async () => condition((status = await this.status())), WAIT_MS);
    } catch (error) {
      throw new Error(`${what}: ${JSON.stringify(status)}`, { cause: error });
    }
    return status;
  }

  /** Waits until the metrics of workers were read so often again. */
  async areRead(times: number): Promise<void> {
    const before = this.relay.reads;
    await until(`workers were read ${times} times`, () => this.relay.reads >= before + times);
  }

  deployment(): Promise<Deployment> {
    return this.client.request({ method: 'GET', path: pathOf(KINDS.Deployment, this.namespace, `${NAME}-workers`) });
  }

  /** The most workers that there were at once. */
  get most(): number {
    return this.node.most.get(`${NAME}-workers`) ?? 0;
  }

  async close(): Promise<void> {
    await this.node.close();
  }

  get #path(): string {
    return pathOf(KINDS.OutboxWorker, this.namespace, NAME);
  }
}

/** `status reason` of LagNotFalling. */
export function lagNotFalling({ conditions = [] }: OutboxWorkerStatus): string {
  const found = conditions.find(({ type }) => type === 'LagNotFalling');
  return `${found?.status} ${found?.reason}`;
}
