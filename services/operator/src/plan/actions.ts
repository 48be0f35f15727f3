import type { CommerceServiceStatus } from '../api/commerce-service.js';
import type { WantedObject } from '../api/objects.js';
import type { OutboxWorkerStatus } from '../api/outbox-worker.js';

/**
 * One thing to do. Actions are carried out in their order; the first that fails ends the plan, and what is observed then
 * makes the next one. Every action may be repeated: a crash after any of them is followed by the same plan, or what is
 * left of it.
 */
export type Action<Status> = WriteStatus<Status> | WriteEvent | RemoveAnnotation | ApplyObject | DeleteObject;

/**
 * Writes the whole status, in place of what it was. Only if the resource still is the one that was observed, or what
 * earlier actions of the same plan made of it: otherwise what was decided, was decided about something else.
 */
export interface WriteStatus<Status> {
  readonly kind: 'status';
  readonly status: Status;
}

/** Writes an Event about the resource, once for each `key` (and resource): if there is one, nothing is done. */
export interface WriteEvent {
  readonly kind: 'event';
  readonly key: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Takes a command away, only if it still has this value. */
export interface RemoveAnnotation {
  readonly kind: 'removeAnnotation';
  readonly name: string;
  readonly value: string;
}

/**
 * Makes or changes an object of the operator's. By server-side apply, taking fields from others; with `restore`, by
 * writing the object whole (if it still has this `resourceVersion`), since apply leaves what others have added.
 */
export interface ApplyObject {
  readonly kind: 'apply';
  readonly object: WantedObject;
  readonly restore?: { readonly resourceVersion: string };
}

/** Deletes an object of the operator's and what belongs to it, only if it still is this one. */
export interface DeleteObject {
  readonly kind: 'delete';
  readonly apiVersion: string;
  readonly objectKind: string;
  readonly name: string;
  readonly uid: string;
}

export interface Plan<Status> {
  /** empty: nothing is to be done */
  readonly actions: readonly Action<Status>[];
  /** ms until time alone makes another plan; undefined: only a change does */
  readonly again: number | undefined;
}

export type ServicePlan = Plan<CommerceServiceStatus>;
export type WorkersPlan = Plan<OutboxWorkerStatus>;
