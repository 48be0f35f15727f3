import type { ObjectMeta } from '../api/objects.js';
import {
  ApiError,
  NoAnswerError,
  recordEvent,
  type FencedWriter,
  type KubernetesObject,
  type Resource,
} from '../kubernetes/index.js';
import { resourceOf } from '../observe/kinds.js';
import type { Action, ApplyObject } from '../plan/actions.js';
import type { Refusal } from '../plan/observed.js';

/** What a plan was made for, as it was observed then. */
export interface Planned {
  readonly resource: Resource;
  readonly object: { readonly metadata: ObjectMeta };
  /** the version of an object of the resource's that the plan has seen; undefined: it saw none */
  readonly seen: (kind: string, name: string) => string | undefined;
}

/**
 * `done`: all of it; `unannounced`: all but Events; `stale`: something has changed since it was observed; `refused`: the API
 * server takes no such object
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'unannounced'; readonly reason: string }
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Carries out the actions of a plan, in their order, until one fails. Each may be carried out twice: what is there
 * already is left as it is. An Event that cannot be written holds up nothing else: it stays in the status, and is tried again.
 * @param instance which process does it, for events
 * @throws NoAnswerError, LeadershipLostError, ApiError for what may go well another time
 */
export async function applyPlan<Status>(
  writer: FencedWriter,
  { resource, object, seen }: Planned,
  actions: readonly Action<Status>[],
  instance: string,
  carriedOut: (action: Action<Status>['kind']) => void = () => undefined,
): Promise<Outcome> {
  const { apiVersion, kind } = resource;
  const { name, namespace } = object.metadata;
  let { resourceVersion } = object.metadata;
  let unwritten: ApiError | NoAnswerError | undefined;
  for (const action of actions) {
    try {
      switch (action.kind) {
        case 'status': {
          // the status after Events is without them
          if (unwritten !== undefined) continue;
          const wanted = { apiVersion, kind, metadata: { name, namespace }, status: action.status };
          const written = await writer.apply(resource, wanted, { subresource: 'status', resourceVersion });
          resourceVersion = written.metadata.resourceVersion ?? resourceVersion;
          break;
        }
        case 'event':
          await recordEvent(writer, { apiVersion, kind, metadata: object.metadata }, action, instance);
          break;
        case 'removeAnnotation': {
          const left = await writer.removeAnnotation(resource, object, action.name, action.value);
          if (left === undefined) return { kind: 'stale', reason: `${action.name} was changed` };
          resourceVersion = left.metadata.resourceVersion ?? resourceVersion;
          break;
        }
        case 'apply':
          await makeSo(writer, object.metadata, action, seen(action.object.kind, action.object.metadata.name));
          break;
        case 'delete':
          await writer.delete(resourceOf(action.objectKind), { metadata: { namespace, name: action.name } }, action);
          break;
      }
    } catch (error) {
      if (action.kind === 'event' && (error instanceof ApiError || error instanceof NoAnswerError)) {
        unwritten = error;
        continue;
      }
      return outcomeOf(error, action);
    }
    carriedOut(action.kind);
  }
  return unwritten === undefined ? { kind: 'done' } : { kind: 'unannounced', reason: unwritten.message };
}

async function makeSo(
  writer: FencedWriter,
  owner: ObjectMeta,
  { object, restore }: ApplyObject,
  seen: string | undefined,
): Promise<void> {
  const resource = resourceOf(object.kind);
  if (restore !== undefined) {
    await writer.replace(resource, object, restore.resourceVersion);
    return;
  }
  // apply makes and changes alike: what is not ours must not become so
  const found = seen === undefined ? await writer.read(resource, object.metadata) : undefined;
  if (found !== undefined && !isOwnedBy(found, owner)) throw new TakenError(object.kind, object.metadata.name);
  await writer.apply(resource, object, { resourceVersion: seen });
}

const isOwnedBy = ({ metadata }: KubernetesObject, { uid }: ObjectMeta): boolean =>
  metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;

/** There is an object of a name that is needed, and it is not the resource's. */
class TakenError extends Error {
  override readonly name = 'TakenError';

  constructor(kind: string, name: string) {
    super(`there is a ${kind} ${name} already, which does not belong to this resource`);
  }
}

function outcomeOf<Status>(error: unknown, action: Action<Status>): Outcome {
  if (action.kind === 'apply' && (error instanceof TakenError || isRefusal(error))) {
    const { kind, metadata } = action.object;
    return { kind: 'refused', refusal: { kind, name: metadata.name, message: error.message } };
  }
  if (error instanceof ApiError && (error.conflict || error.notFound)) return { kind: 'stale', reason: error.message };
  throw error;
}

/** What would be refused again and again. */
const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 400 || error.status === 403 || error.status === 422);
