import { createHash } from 'node:crypto';
import { FIELD_MANAGER } from '../api/names.js';
import type { FencedWriter } from './fenced-writer.js';
import type { KubernetesObject, Resource } from './objects.js';

export const EVENT: Resource = { apiVersion: 'v1', kind: 'Event', plural: 'events' };

export interface EventText {
  /** what happened: the same key is not reported twice for one object */
  readonly key: string;
  readonly type: 'Normal' | 'Warning';
  /** one word, as documented */
  readonly reason: string;
  /** a sentence */
  readonly message: string;
}

/** What the API server takes. */
const LONGEST_MESSAGE = 1_024;

/**
 * Writes an event beside an object, once: its name follows from its key, so a process that was killed after it wrote it
 * and does so again finds it there.
 * @param instance which process writes it
 * @throws ApiError, NoAnswerError, LeadershipLostError
 */
export async function recordEvent(
  writer: FencedWriter,
  about: KubernetesObject & { readonly apiVersion: string; readonly kind: string },
  { key, type, reason, message }: EventText,
  instance: string,
): Promise<void> {
  const { namespace = 'default', name, uid = '' } = about.metadata;
  const hash = createHash('sha256').update(`${uid}\0${key}`).digest('hex').slice(0, 16);
  const now = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
  await writer.create(EVENT, {
    apiVersion: EVENT.apiVersion,
    kind: EVENT.kind,
    metadata: { namespace, name: `${name}.${hash}` },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid },
    type,
    reason,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message,
    source: { component: FIELD_MANAGER, host: instance },
    reportingComponent: FIELD_MANAGER,
    reportingInstance: instance,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
}
