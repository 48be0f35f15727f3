/** A process the keeper is asked to start. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; the keeper's own is not inherited. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** stdout and stderr are appended to this file. */
  readonly logFile: string;
  /** Sent first; what still runs ten seconds later is killed. */
  readonly stopSignal: NodeJS.Signals;
  readonly uid?: number;
  readonly gid?: number;
}

/** Owner to keeper, one JSON text per line. End of input means the same as `end`. */
export type Command =
  | { readonly id: number; readonly op: 'spawn'; readonly spec: ProcessSpec }
  | { readonly id: number; readonly op: 'removeAtEnd'; readonly directory: string }
  | { readonly id: number; readonly op: 'removeContainersAtEnd'; readonly label: string }
  | { readonly id: number; readonly op: 'end' };

/** Keeper to owner, one JSON text per line. */
export type Report =
  | { readonly kind: 'done'; readonly id: number; readonly pid?: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'exited'; readonly pid: number; readonly code: number | null; readonly signal: string | null };
