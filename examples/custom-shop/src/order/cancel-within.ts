import type { CancellableOrder, CancelPolicy } from '@outrider/order';

/** Customers cancel within some minutes: then the warehouse begins. People of the shop cancel as long as it can be done. */
export class CancelWithin implements CancelPolicy {
  constructor(private readonly minutes: number) {}

  refusalOf({ by, now, placedAt }: CancellableOrder): string | undefined {
    if (by === 'admin' || now.getTime() - placedAt.getTime() <= this.minutes * 60_000) return undefined;
    return `Orders are cancelled within ${this.minutes} minutes`;
  }
}
