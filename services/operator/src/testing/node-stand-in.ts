import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { pause } from '@outrider/common';
import type { Deployment, Job, PodTemplate } from '../api/objects.js';
import { pathOf, type ApiClient, type KubernetesObject, type Resource } from '../kubernetes/index.js';
import { KINDS } from '../observe/kinds.js';
import { stateOf, type Pod } from '../observe/pod.js';

/** How the pods of an image are. */
export interface Behaviour {
  /** the reason why they never run; undefined: they run and are ready */
  readonly broken?: string;
  /** what one of them shows at /metrics, beside its version, by which it is called in it; undefined: it does not answer */
  readonly metrics?: (version: string, pod: string) => string | undefined;
  /** what becomes of a Job of that image */
  readonly job?: 'completes' | 'fails' | 'never ends';
}

const HASH = 'pod-template-hash';
const EVERY_MS = 100;

/**
 * Does in a namespace of an API server without nodes what the controllers of Deployments and Jobs and the kubelet do:
 * pods come, run, become ready and go, in the API alone. What they show at /metrics is served here, each image by a port
 * of its own, each pod by an address of its own on the loopback (which Linux has enough of).
 */
export class NodeStandIn {
  readonly #stop = new AbortController();
  readonly #servers = new Map<string, { readonly server: Server; readonly port: number }>();
  readonly #pods = new Map<string, Pod>();
  #running: Promise<void> | undefined;
  #addresses = 0;
  /** the most pods that a Deployment had at once, by its name */
  readonly most = new Map<string, number>();
  /** the fewest pods of all Deployments together that were ready at once; a test may set it back */
  fewestReady = Number.POSITIVE_INFINITY;

  constructor(
    private readonly client: ApiClient,
    private readonly namespace: string,
    private readonly behaviourOf: (image: string) => Behaviour,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const { server } of this.#servers.values()) server.close();
  }

  /** The port by which the pods of an image show their metrics, for the image's template. */
  async portOf(image: string): Promise<number> {
    let found = this.#servers.get(image);
    if (found === undefined) {
      const server = createServer(({ socket }, answer) => {
        const pod = [...this.#pods.values()].find(({ status }) => status?.podIP === socket.localAddress);
        const version = pod?.metadata.labels?.[HASH] ?? '';
        const { metrics = () => '' } = this.behaviourOf(image);
        const shown = pod && metrics(version, pod.metadata.name);
        if (shown === undefined) answer.writeHead(503).end();
        else answer.end(`outrider_build_info{revision="${version}"} 1\n${shown}`);
      });
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      this.#servers.set(image, (found = { server, port }));
    }
    return found.port;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#round();
      } catch {
        // the API server is away, or an object has changed: the next round is right
      }
      await pause(EVERY_MS, this.#stop.signal);
    }
  }

  async #round(): Promise<void> {
    const [deployments, all, jobs] = [
      await this.#list<Deployment>(KINDS.Deployment),
      await this.#list<Pod>(KINDS.Pod),
      await this.#list<Job & { readonly spec: { readonly template: PodTemplate } }>(KINDS.Job),
    ];
    // what was told to end is counted no more, whether or not it has
    const pods = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    this.#pods.clear();
    for (const pod of pods) this.#pods.set(pod.metadata.name, pod);
    this.fewestReady = Math.min(this.fewestReady, pods.filter((pod) => stateOf(pod).ready).length);
    const uids = new Set(deployments.map(({ metadata }) => metadata.uid));
    for (const pod of pods) {
      const owner = pod.metadata.ownerReferences?.[0]?.uid;
      if (owner === undefined || !uids.has(owner)) await this.#delete(pod);
    }
    for (const deployment of deployments) {
      const own = pods.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === deployment.metadata.uid);
      await this.#deploy(deployment, own);
    }
    for (const job of jobs) await this.#work(job);
  }

  async #deploy(deployment: Deployment, pods: readonly Pod[]): Promise<void> {
    const { name, uid, generation = 0 } = deployment.metadata;
    const template = deployment.spec['template'] as unknown as PodTemplate;
    const wanted = deployment.spec.replicas ?? 1;
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 8);
    const fresh = pods.filter(({ metadata }) => metadata.labels?.[HASH] === hash);
    const behaviour = this.behaviourOf(template.spec.containers[0]?.image ?? '');
    this.most.set(name, Math.max(this.most.get(name) ?? 0, pods.length));
    for (const pod of fresh.slice(wanted)) await this.#delete(pod);
    if (fresh.length < wanted) await this.#create(name, uid, template, hash, behaviour);
    else for (const pod of pods) if (!fresh.includes(pod)) await this.#delete(pod);
    const ready = behaviour.broken === undefined ? Math.min(fresh.length, wanted) : 0;
    const status = {
      observedGeneration: generation,
      replicas: pods.length,
      updatedReplicas: fresh.length,
      readyReplicas: ready,
      availableReplicas: ready,
    };
    const before = deployment.status as Readonly<Record<string, number>> | undefined;
    if (Object.entries(status).every(([field, value]) => (before?.[field] ?? 0) === value)) return;
    const isAvailable = ready === wanted;
    const condition = (type: string, holds: boolean, reason: string) => ({
      type,
      status: holds ? 'True' : 'False',
      reason,
      message: reason,
    });
    await this.#patchStatus(KINDS.Deployment, name, {
      ...status,
      conditions: [
        condition('Available', isAvailable, isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable'),
        condition('Progressing', true, isAvailable ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated'),
      ],
    });
  }

  async #create(owner: string, uid: string, template: PodTemplate, hash: string, behaviour: Behaviour): Promise<void> {
    const pod = await this.client.request<Pod>({
      method: 'POST',
      path: pathOf(KINDS.Pod, this.namespace),
      body: {
        metadata: {
          generateName: `${owner}-`,
          ...template.metadata,
          labels: { ...template.metadata?.labels, [HASH]: hash },
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid, controller: true }],
        },
        spec: { automountServiceAccountToken: false, ...template.spec },
      },
    });
    const [container] = pod.spec.containers;
    const runs = behaviour.broken === undefined;
    this.#addresses += 1;
    const address = `127.1.${this.#addresses >> 8}.${this.#addresses & 255}`;
    await this.#patchStatus(KINDS.Pod, pod.metadata.name, {
      phase: runs ? 'Running' : 'Pending',
      podIP: address,
      podIPs: [{ ip: address }],
      conditions: [{ type: 'Ready', status: runs ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: container?.name,
          image: '',
          imageID: '',
          ready: runs,
          restartCount: 0,
          state: runs
            ? { running: { startedAt: new Date().toISOString() } }
            : { waiting: { reason: behaviour.broken, message: 'as the test wants it' } },
        },
      ],
    });
  }

  async #work(job: Job & { readonly spec: { readonly template: PodTemplate } }): Promise<void> {
    const { job: end = 'completes' } = this.behaviourOf(job.spec.template.spec.containers[0]?.image ?? '');
    if (end === 'never ends' || (job.status?.conditions ?? []).length > 0) return;
    const now = new Date().toISOString();
    const [before, after] = end === 'completes' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
    const condition = (type = '') => ({ type, status: 'True', reason: 'Test', message: end, lastTransitionTime: now });
    await this.#patchStatus(KINDS.Job, job.metadata.name, {
      startTime: now,
      ...(end === 'completes' ? { completionTime: now, succeeded: 1 } : { failed: 1 }),
      uncountedTerminatedPods: {},
      conditions: [condition(before), condition(after)],
    });
  }

  async #list<T>(resource: Resource): Promise<readonly T[]> {
    const { items } = await this.client.request<{ readonly items: readonly T[] }>({
      method: 'GET',
      path: pathOf(resource, this.namespace),
    });
    return items;
  }

  #patchStatus(resource: Resource, name: string, status: object): Promise<KubernetesObject> {
    return this.client.request({
      method: 'PATCH',
      path: pathOf(resource, this.namespace, name, 'status'),
      contentType: 'application/merge-patch+json',
      body: { status },
    });
  }

  async #delete({ metadata }: Pod): Promise<void> {
    await this.client.request({
      method: 'DELETE',
      path: pathOf(KINDS.Pod, this.namespace, metadata.name),
      query: { gracePeriodSeconds: 0 },
    });
  }
}
