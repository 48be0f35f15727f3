import { until } from '@outrider/testkit';
import type { CommerceService } from '../api/commerce-service.js';
import { GROUP } from '../api/names.js';
import type { Deployment } from '../api/objects.js';
import { EVENT, pathOf, type ApiClient } from '../kubernetes/index.js';
import { KINDS } from '../observe/kinds.js';
import { createNamespace } from './namespace.js';
import { NodeStandIn, type Behaviour } from './node-stand-in.js';

export type Status = NonNullable<CommerceService['status']>;

type Answer = NonNullable<Status['command']>;

const NAME = 'order';
const WAIT_MS = 180_000;

/** A CommerceService in a namespace of its own, whose pods are stood in for: what a person does to it, and sees of it. */
export class ServiceUnderTest {
  readonly #behaviours = new Map<string, Behaviour>();

  private constructor(
    private readonly client: ApiClient,
    readonly namespace: string,
    readonly node: NodeStandIn,
  ) {}

  static async open(client: ApiClient): Promise<ServiceUnderTest> {
    const namespace = await createNamespace(client);
    const node: NodeStandIn = new NodeStandIn(client, namespace, (image) => under.#behaviours.get(image) ?? {});
    const under = new ServiceUnderTest(client, namespace, node);
    node.start();
    return under;
  }

  /** How pods of an image are from now on; ready and without work unless said. */
  behave(image: string, behaviour: Behaviour): void {
    this.#behaviours.set(image, behaviour);
  }

  /** `kubectl apply` of the service with an image. @param spec fields in place of the usual ones */
  async apply(image: string, spec: object = {}): Promise<void> {
    const ports = [{ name: 'admin', containerPort: await this.node.portOf(image) }];
    const labels = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': 'outrider' };
    await this.client.request({
      method: 'PATCH',
      path: pathOf(KINDS.CommerceService, this.namespace, NAME),
      query: { fieldManager: 'test', force: true },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: KINDS.CommerceService.apiVersion,
        kind: 'CommerceService',
        metadata: { name: NAME, namespace: this.namespace },
        spec: {
          replicas: 2,
          container: NAME,
          template: { metadata: { labels }, spec: { containers: [{ name: NAME, image, ports }] } },
          migration: { template: { spec: { restartPolicy: 'Never', containers: [{ name: NAME, image }] } } },
          rollout: {
            steps: [{ replicas: 1, hold: '1s' }],
            readyDeadline: '20s',
            scaleDownDelay: '2s',
            analysis: { interval: '1s', minimum: 5 },
          },
          ...spec,
        },
      },
    });
  }

  read(): Promise<CommerceService> {
    return this.client.request({ method: 'GET', path: pathOf(KINDS.CommerceService, this.namespace, NAME) });
  }

  async status(): Promise<Status> {
    return (await this.read()).status ?? {};
  }

  /** Waits for a status. @throws Error with the last one */
  async reaches(what: string, condition: (status: Status) => boolean): Promise<Status> {
    let status: Status = {};
    try {
      await until(what, async () => condition((status = await this.status())), WAIT_MS);
    } catch (error) {
      throw new Error(`${what}: ${JSON.stringify(status)}`, { cause: error });
    }
    return status;
  }

  /** As `reaches`, of a status that is about spec as it is now, or later. */
  async answers(what: string, condition: (status: Status) => boolean): Promise<Status> {
    const { metadata } = await this.read();
    const isNew = ({ observedGeneration = 0 }: Status): boolean => observedGeneration >= (metadata.generation ?? 0);
    return this.reaches(what, (status) => isNew(status) && condition(status));
  }

  /** Waits until what spec asks for is what all pods run, and nothing goes on. */
  async isStable(replicas = 2): Promise<Status> {
    return this.answers(
      'the revision of spec is stable',
      ({ phase, readyReplicas, stableRevision, specRevision }) =>
        phase === 'Stable' && readyReplicas === replicas && stableRevision === specRevision,
    );
  }

  /** Replicas of the Deployments, by name. */
  async deployments(): Promise<Readonly<Record<string, number>>> {
    const items = await this.#list<Deployment>(pathOf(KINDS.Deployment, this.namespace));
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.replicas ?? 1]));
  }

  async events(): Promise<readonly { readonly reason: string; readonly message: string }[]> {
    return this.#list(pathOf(EVENT, this.namespace));
  }

  /** `kubectl annotate` of a command. Resolves once it was taken away. */
  async command(name: string, value: string): Promise<void> {
    const annotation = `${GROUP}/${name}`;
    await this.client.request({
      method: 'PATCH',
      path: pathOf(KINDS.CommerceService, this.namespace, NAME),
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { [annotation]: value } } },
    });
    await until(
      `${name} was taken away`,
      async () => (await this.read()).metadata.annotations?.[annotation] === undefined,
    );
  }

  /** As `command`, again until its answer is as wanted. */
  async commandUntil(name: string, value: string, condition: (answer: Answer) => boolean): Promise<void> {
    await until(`${name}=${value} is answered as wanted`, async () => {
      await this.command(name, value);
      const { command: answer } = await this.status();
      return answer !== undefined && condition(answer);
    });
  }

  async close(): Promise<void> {
    await this.node.close();
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    const { items } = await this.client.request<{ readonly items: readonly T[] }>({ method: 'GET', path });
    return items;
  }
}

/** Orders that pods of an image accept end this way, so many a second. */
export function ordersEnd(outcome: 'COMPLETED' | 'FAILED'): Behaviour {
  const begun = Date.now();
  const ended = (): number => Math.floor((Date.now() - begun) / 50);
  return { metrics: (version) => `saga_finished_total{outcome="${outcome}",started_version="${version}"} ${ended()}` };
}
