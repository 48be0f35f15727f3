import { API_VERSION, COMMERCE_SERVICE, type CommerceService } from '@outrider/operator/api';
import { ApiClient, ApiError, kubeconfigAccess, NoAnswerError, pathOf } from '@outrider/operator/kubernetes';
import { CommandError } from '../cli/errors.js';
import type { ClusterOptions } from '../outrider/forward-port.js';

/** What every command of `rollout` understands. */
export interface RolloutOptions extends ClusterOptions {
  readonly json?: true;
}

const RESOURCE = { apiVersion: API_VERSION, ...COMMERCE_SERVICE };

/** One CommerceService of a cluster, as a person reads and annotates it. */
export class FoundService {
  readonly #path: string;

  private constructor(
    private readonly client: ApiClient,
    private readonly namespace: string,
    readonly name: string,
  ) {
    this.#path = pathOf(RESOURCE, namespace, name);
  }

  /** Does something with a service of the cluster that the options name. */
  static async use<T>(options: RolloutOptions, name: string, work: (service: FoundService) => Promise<T>): Promise<T> {
    const client = new ApiClient(await kubeconfigAccess(options.kubeconfig, options.context));
    try {
      return await work(new FoundService(client, options.namespace ?? client.namespace, name));
    } finally {
      client.close();
    }
  }

  /** @throws CommandError when there is none, it may not be read, or the API server does not answer */
  read(): Promise<CommerceService> {
    return this.#ask(() => this.client.request<CommerceService>({ method: 'GET', path: this.#path }));
  }

  /** As `kubectl annotate --overwrite`. @throws CommandError as `read` does */
  async annotate(annotation: string, value: string): Promise<void> {
    await this.#ask(() =>
      this.client.request({
        method: 'PATCH',
        path: this.#path,
        query: { fieldManager: 'outrider-rollout' },
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { [annotation]: value } } },
      }),
    );
  }

  async #ask<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ApiError && error.notFound) {
        throw new CommandError(
          `there is no CommerceService ${this.name} in namespace ${this.namespace}: ${error.message}.`,
          { cause: error },
        );
      }
      if (error instanceof ApiError || error instanceof NoAnswerError) {
        throw new CommandError(error.message, { cause: error });
      }
      throw error;
    }
  }
}
