import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { change, type Authorization, type Change, type StripeTerms } from './authorization.js';
import { LedgerFile } from './ledger-file.js';
import { SimulatorError } from './simulator-error.js';
import { Timeline, type Span } from './timeline.js';

const authorizationSchema = z.strictObject({
  id: z.string(),
  reference: z.string(),
  amount: z.int().positive(),
  currency: z.string(),
  status: z.enum(['REQUIRES_ACTION', 'AUTHORIZED', 'DECLINED', 'CAPTURED', 'VOIDED', 'PARTIALLY_REFUNDED', 'REFUNDED']),
  capturedAmount: z.int().min(0),
  refundedAmount: z.int().min(0),
  reason: z.string().nullable(),
  redirectUrl: z.string().nullable().default(null),
  createdAt: z.string(),
  stripe: z
    .strictObject({
      metadata: z.record(z.string(), z.string()),
      paymentMethod: z.string(),
      returnUrl: z.string().nullable(),
    })
    .nullable()
    .default(null),
});
const refusalSchema = z.strictObject({ code: z.string(), message: z.string() });

/** A line of the file: a request that was decided, under its key, and what the authorisation is after it. */
const lineSchema = z.strictObject({
  key: z.string(),
  fingerprint: z.string(),
  at: z.string(),
  authorization: authorizationSchema.optional(),
  refusal: refusalSchema.optional(),
});
type Line = z.infer<typeof lineSchema>;

/**
 * What a request came to. `number`: which decision of all it was, from 0; null when it was answered before.
 * `key-reused`: its key was used with another request.
 */
export type Decision =
  | { readonly kind: 'done'; readonly authorization: Authorization; readonly number: number | null }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'key-reused' };

/** What becomes of an authorisation when it is asked for. */
export type Beginning = Pick<Authorization, 'status' | 'reason' | 'redirectUrl'>;

export interface NewAuthorization {
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly reference: string;
  readonly stripe?: StripeTerms;
}

/** Every authorisation there is, and every key that was used. No answer leaves before it is in the file. */
export class Ledger {
  readonly #authorizations = new Map<string, Authorization>();
  readonly #timeline = new Timeline();
  readonly #decided = new Map<string, Line>();
  /** by what is written on those that were asked for in Stripe's way, in JSON */
  readonly #labelled = new Map<string, string[]>();
  /** the authorisation that a key made */
  readonly #made = new Map<string, string>();

  private constructor(private readonly file: LedgerFile) {}

  /** @throws SimulatorError LEDGER_CORRUPT when the file holds what this simulator did not write */
  static async open(path: string, fsync: boolean): Promise<Ledger> {
    const { file, values } = await LedgerFile.open(path, fsync);
    const ledger = new Ledger(file);
    for (const [index, value] of values.entries()) {
      const line = lineSchema.safeParse(value);
      if (!line.success) {
        await file.close();
        throw new SimulatorError('LEDGER_CORRUPT', `Line ${index + 1} of ${path} is not a line of a ledger.`);
      }
      ledger.#apply(line.data);
    }
    return ledger;
  }

  /** How many authorisations were ever asked for, declined ones included. */
  get size(): number {
    return this.#authorizations.size;
  }

  /** @param beginning called for a new authorisation only, with its id: how it begins */
  async authorize(
    key: string,
    fingerprint: string,
    asked: NewAuthorization,
    beginning: (id: string) => Beginning,
  ): Promise<Decision> {
    return this.#once(key, fingerprint, () => {
      const id = asked.stripe === undefined ? `auth_${randomUUID()}` : `pi_${randomUUID().replaceAll('-', '')}`;
      const authorization: Authorization = {
        id,
        reference: asked.reference,
        amount: asked.amount,
        currency: asked.currency,
        capturedAmount: 0,
        refundedAmount: 0,
        ...beginning(id),
        createdAt: this.#timeline.now(),
        stripe: asked.stripe ?? null,
      };
      return { authorization };
    });
  }

  async change(
    key: string,
    fingerprint: string,
    id: string,
    what: Change,
    amount: number | undefined,
  ): Promise<Decision> {
    const before = this.#authorizations.get(id);
    if (before === undefined) return { kind: 'unknown' };
    return this.#once(key, fingerprint, () => {
      const changed = change(before, what, amount);
      return changed.ok
        ? { authorization: changed.value }
        : { refusal: { code: changed.code, message: changed.message } };
    });
  }

  /** By its id. Only what is in the file is ever shown. */
  async find(id: string): Promise<Authorization | undefined> {
    const found = this.#authorizations.get(id);
    await this.file.flushed();
    return found;
  }

  /** By the key it was made under. */
  async findByKey(key: string): Promise<Authorization | undefined> {
    return this.find(this.#made.get(key) ?? '');
  }

  /** Those that a label is written on, oldest first. */
  async findByLabel(name: string, value: string): Promise<Authorization[]> {
    const found = this.#labelled.get(JSON.stringify([name, value])) ?? [];
    await this.file.flushed();
    return found.flatMap((id) => this.#authorizations.get(id) ?? []);
  }

  /** All of them, oldest first. */
  async all(): Promise<Authorization[]> {
    const all = [...this.#authorizations.values()];
    await this.file.flushed();
    return all;
  }

  /** The newest first, `limit` at most: what is listed costs, and not what there is. Undefined: `after` is not known. */
  async page(span: Span, limit: number): Promise<{ data: Authorization[]; hasMore: boolean } | undefined> {
    const ids = this.#timeline.newestFirst(span, limit + 1);
    if (ids === undefined) return undefined;
    const data = ids.slice(0, limit).flatMap((id) => this.#authorizations.get(id) ?? []);
    await this.file.flushed();
    return { data, hasMore: ids.length > limit };
  }

  close(): Promise<void> {
    return this.file.close();
  }

  async #once(
    key: string,
    fingerprint: string,
    decide: () => Pick<Line, 'authorization' | 'refusal'>,
  ): Promise<Decision> {
    const known = this.#decided.get(key);
    if (known !== undefined) {
      if (known.fingerprint !== fingerprint) return { kind: 'key-reused' };
      await this.file.flushed();
      return answer(known, null);
    }
    const number = this.#decided.size;
    const line: Line = { key, fingerprint, at: new Date().toISOString(), ...decide() };
    // memory first: a request that comes while this one is being written must meet its effect
    this.#apply(line);
    await this.file.append(line);
    return answer(line, number);
  }

  #apply(line: Line): void {
    this.#decided.set(line.key, line);
    if (line.authorization === undefined) return;
    if (!this.#authorizations.has(line.authorization.id)) {
      this.#made.set(line.key, line.authorization.id);
      this.#timeline.add(line.authorization);
      for (const label of Object.entries(line.authorization.stripe?.metadata ?? {})) {
        const key = JSON.stringify(label);
        this.#labelled.set(key, [...(this.#labelled.get(key) ?? []), line.authorization.id]);
      }
    }
    this.#authorizations.set(line.authorization.id, line.authorization);
  }
}

/** The same answer for a key, whatever happened to the authorisation since. */
function answer(line: Line, number: number | null): Decision {
  if (line.authorization !== undefined) return { kind: 'done', authorization: line.authorization, number };
  const { code, message } = line.refusal ?? { code: 'refused', message: 'refused' };
  return { kind: 'refused', code, message };
}
