import { pause } from '@outrider/common';
import { ApiError, pathOf, type ApiClient, type KubernetesObject } from '../kubernetes/index.js';
import { KINDS } from '../observe/kinds.js';
import { stateOf, type Pod } from '../observe/pod.js';

const EVERY_MS = 200;
/** What differs by less changes nothing, as in Kubernetes. */
const TOLERANCE = 0.1;

interface Scale extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

/**
 * Does to a CommerceService what the HorizontalPodAutoscaler of Kubernetes does to what it scales: reads `/scale`, asks for
 * the pods of its selector, and writes `spec.replicas` through `/scale`, under the same name.
 */
export class AutoscalerStandIn {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** what all ready pods of the namespace together carry, in parts of what one should */
  load = 1;
  rounds = 0;
  /** what it wrote, in order */
  readonly written: number[] = [];

  constructor(
    private readonly client: ApiClient,
    private readonly namespace: string,
    private readonly name: string,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  read(): Promise<Scale> {
    return this.client.request({ method: 'GET', path: this.#path });
  }

  /** Ready pods, of a selector or all. */
  async ready(selector?: string): Promise<number> {
    const { items } = await this.client.request<{ readonly items: readonly Pod[] }>({
      method: 'GET',
      path: pathOf(KINDS.Pod, this.namespace),
      query: { labelSelector: selector },
    });
    return items.filter((pod) => stateOf(pod).ready).length;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#round();
        this.rounds += 1;
      } catch (error) {
        // somebody else wrote meanwhile: the next round reads again
        if (!(error instanceof ApiError && error.conflict)) throw error;
      }
      await pause(EVERY_MS, this.#stop.signal);
    }
  }

  async #round(): Promise<void> {
    const scale = await this.read();
    const { selector } = scale.status;
    if (selector === undefined || selector === '') return;
    const [own, all] = [await this.ready(selector), await this.ready()];
    if (own === 0 || all === 0) return;
    // the load is spread over all that serve, also those that it does not count
    const ratio = this.load / all;
    const current = scale.spec.replicas ?? 0;
    const wanted = Math.abs(ratio - 1) <= TOLERANCE ? current : Math.max(1, Math.ceil(ratio * own));
    if (wanted === current) return;
    await this.client.request({
      method: 'PUT',
      path: this.#path,
      query: { fieldManager: 'kube-controller-manager' },
      body: { ...scale, spec: { replicas: wanted } },
    });
    this.written.push(wanted);
  }

  get #path(): string {
    return pathOf(KINDS.CommerceService, this.namespace, this.name, 'scale');
  }
}
