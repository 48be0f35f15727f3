import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { EVENTS, type EventReason } from '../../api/reasons.js';
import { iso } from '../duration.js';

export type Rollout = NonNullable<CommerceServiceStatus['rollout']>;

/**
 * The status as it is going to be, while decisions are taken. A decision and the Event that announces it are written at
 * once: the Event waits in the status until it is there.
 */
export class Draft {
  private current: CommerceServiceStatus;

  constructor(
    status: CommerceServiceStatus,
    readonly now: number,
  ) {
    this.current = status;
  }

  get status(): CommerceServiceStatus {
    return this.current;
  }

  /** Sets fields; those that are undefined are taken away. */
  set(fields: { readonly [K in keyof CommerceServiceStatus]?: CommerceServiceStatus[K] | undefined }): void {
    this.current = Object.fromEntries(
      Object.entries({ ...this.current, ...fields }).filter(([, value]) => value !== undefined),
    ) as CommerceServiceStatus;
  }

  /** Changes fields of the roll-out that is under way; those that are undefined are taken away. */
  setRollout(fields: { readonly [K in keyof Rollout]?: Rollout[K] | undefined }): void {
    const { rollout } = this.current;
    if (rollout === undefined) throw new Error('No roll-out is under way.');
    this.set({
      rollout: Object.fromEntries(
        Object.entries({ ...rollout, ...fields }).filter(([, value]) => value !== undefined),
      ) as unknown as Rollout,
    });
  }

  /** @param about what the Event is about: a revision, or a revision's step */
  announce(reason: EventReason, about: string, message: string): void {
    const event = { key: `${reason}/${about}/${iso(this.now)}`, type: EVENTS[reason].type, reason, message };
    this.set({ unannounced: [...(this.current.unannounced ?? []), event] });
  }

  isAborted(revision: string): boolean {
    return this.current.aborted?.some((one) => one.revision === revision) ?? false;
  }

  /** The revision gets no pod again. Its pods go: at once, or as the stable one gets back what it has given away. */
  abort(revision: string, reason: string, message: string): void {
    const { aborted = [], rollout } = this.current;
    const others = aborted.filter((one) => one.revision !== revision);
    this.set({ aborted: [...others, { revision, reason, message, at: iso(this.now) }] });
    if (rollout?.revision === revision) this.endRollout();
    this.announce('Aborted', revision, `${revision} was aborted: ${message}`);
  }

  /** Ends the roll-out without its revision having taken over. */
  endRollout(): void {
    const { rollout, stableRevision } = this.current;
    const gaveAway = rollout?.phase === 'Promote' && stableRevision !== undefined;
    this.set({ rollout: undefined, ...(gaveAway && { goingBackSince: iso(this.now) }) });
  }

  /** From now on this revision is the stable one. */
  makeStable(revision: string): void {
    const history = [{ revision, at: iso(this.now) }, ...(this.current.history ?? [])];
    this.set({ stableRevision: revision, history, rollout: undefined, goingBackSince: undefined });
  }
}
