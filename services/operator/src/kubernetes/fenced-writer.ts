import { FIELD_MANAGER } from '../api/names.js';
import type { WantedObject } from '../api/objects.js';
import type { ApiClient, Call } from './api-client.js';
import { ApiError } from './api-error.js';
import type { Leadership } from './leader-election.js';
import { pathOf, type KubernetesObject, type Resource } from './objects.js';

/** No write is begun later than this before the deadline. */
const MARGIN_MS = 500;
const LONGEST_WRITE_MS = 10_000;

/** This process does not lead any more, and writes nothing. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
  readonly code = 'LEADERSHIP_LOST';
}

export interface ApplyOptions {
  readonly subresource?: string;
  /** refused when the object has another version by now */
  readonly resourceVersion?: string | undefined;
}

export interface DeleteOptions {
  /** nothing is deleted that has another uid by now */
  readonly uid: string;
  /** what it owns goes with it, in the background; else it stays */
  readonly propagation?: 'Background' | 'Orphan';
}

/**
 * Writes for as long as the process leads. Each write is fenced: it is not begun without leadership, ends before
 * leadership does, and where the object was read before, carries its version, so that one which arrives late, after
 * another process took over and wrote, is refused by the API server.
 */
export class FencedWriter {
  constructor(
    private readonly client: ApiClient,
    private readonly leadership: Leadership,
    /** given what the API server answers */
    private readonly written: (resource: Resource, object: KubernetesObject) => void = () => undefined,
  ) {}

  /**
   * Server-side apply: our fields become what `object` says, those that it no longer has are taken away, and what
   * others wrote into ours is overwritten.
   * @throws ApiError, NoAnswerError, LeadershipLostError
   */
  async apply<T extends KubernetesObject>(
    resource: Resource,
    object: WantedObject,
    { subresource, resourceVersion }: ApplyOptions = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const answer = await this.#write<T>({
      method: 'PATCH',
      path: pathOf(resource, namespace, name, subresource),
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml',
      body: { ...object, metadata: { ...object.metadata, resourceVersion } },
    });
    this.written(resource, answer);
    return answer;
  }

  /** Writes an object whole, in place of what is there. @throws as `apply` does */
  async replace<T extends KubernetesObject>(
    resource: Resource,
    object: WantedObject,
    resourceVersion: string,
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const answer = await this.#write<T>({
      method: 'PUT',
      path: pathOf(resource, namespace, name),
      query: { fieldManager: FIELD_MANAGER },
      body: { ...object, metadata: { ...object.metadata, resourceVersion } },
    });
    this.written(resource, answer);
    return answer;
  }

  /** Creates an object. @returns undefined when one of this name is there already */
  async create<T extends KubernetesObject>(resource: Resource, object: WantedObject): Promise<T | undefined> {
    try {
      const answer = await this.#write<T>({
        method: 'POST',
        path: pathOf(resource, object.metadata.namespace),
        query: { fieldManager: FIELD_MANAGER },
        body: object,
      });
      this.written(resource, answer);
      return answer;
    } catch (error) {
      if (error instanceof ApiError && error.alreadyExists) return undefined;
      throw error;
    }
  }

  /** @returns false when it is gone, or another one of its name is there */
  async delete(resource: Resource, object: KubernetesObject, { uid, propagation }: DeleteOptions): Promise<boolean> {
    const { namespace, name } = object.metadata;
    try {
      await this.#write({
        method: 'DELETE',
        path: pathOf(resource, namespace, name),
        body: { propagationPolicy: propagation ?? 'Background', preconditions: { uid } },
      });
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.notFound || error.conflict)) return false;
      throw error;
    }
  }

  /**
   * Takes an annotation away, if it still says what was read.
   * @returns the object without it; undefined when it says something else, or is gone: what it says now is a question of
   *   its own
   */
  async removeAnnotation(
    resource: Resource,
    { metadata: { namespace, name, uid } }: KubernetesObject,
    annotation: string,
    value: string,
  ): Promise<KubernetesObject | undefined> {
    const path = `/metadata/annotations/${annotation.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    try {
      const answer = await this.#write<KubernetesObject>({
        method: 'PATCH',
        path: pathOf(resource, namespace, name),
        query: { fieldManager: FIELD_MANAGER },
        contentType: 'application/json-patch+json',
        body: [
          ...(uid === undefined ? [] : [{ op: 'test', path: '/metadata/uid', value: uid }]),
          { op: 'test', path, value },
          { op: 'remove', path },
        ],
      });
      this.written(resource, answer);
      return answer;
    } catch (error) {
      // the server's word for a test that fails is 422, and so it is for a path that is not there
      if (error instanceof ApiError && (error.notFound || error.status === 422)) return undefined;
      throw error;
    }
  }

  /** Reads an object from the API server itself. @returns undefined where there is none */
  async read<T extends KubernetesObject>(
    resource: Resource,
    { namespace, name }: { readonly namespace: string; readonly name: string },
  ): Promise<T | undefined> {
    try {
      return await this.client.request<T>({ method: 'GET', path: pathOf(resource, namespace, name) });
    } catch (error) {
      if (error instanceof ApiError && error.notFound) return undefined;
      throw error;
    }
  }

  async #write<T>(call: Call): Promise<T> {
    const remaining = this.leadership.remainingMs();
    if (remaining <= MARGIN_MS || this.leadership.signal.aborted) {
      throw new LeadershipLostError(`not written, another process may lead: ${call.method} ${call.path}`);
    }
    return this.client.request<T>({ ...call, timeoutMs: Math.min(LONGEST_WRITE_MS, remaining) });
  }
}
