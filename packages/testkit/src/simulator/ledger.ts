import { randomUUID } from 'node:crypto';
import type { Authorization, StripeTerms } from './authorization.js';
import type { Change, Happening } from './changes.js';
import { LedgerFile } from './ledger-file.js';
import { lineSchema, type Line, type Planned } from './ledger-line.js';
import { SimulatorError } from './simulator-error.js';
import { Timeline, type Span } from './timeline.js';

/**
 * What a request came to. `number`: which decision of all it was, from 0 (those under keys, and the others); null when
 * it was answered before.
 * `key-reused`: its key was used with another request.
 */
export type Decision =
  | {
      readonly kind: 'done';
      readonly authorization: Authorization;
      readonly happening: Happening;
      readonly number: number | null;
    }
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

/** Who wants a change: a program, once under its key; a person, every time; or what was planned when it was due. */
export type Asker =
  | { readonly key: string; readonly fingerprint: string }
  | { readonly by: 'hand' }
  | { readonly played: string };

/** How many there were of each ever, for draws that go on after a restart. */
export interface LedgerCounts {
  readonly authorizations: number;
  readonly captures: number;
  readonly refunds: number;
}

export interface LedgerOptions {
  /** each write waits for the disk */
  readonly fsync: boolean;
  /** how long a key repeats its answer, in ms; never forgotten when undefined */
  readonly keysForgottenAfterMs: number | undefined;
  /** what will happen by itself after a change; `counts` are those before it */
  readonly plan: (after: Authorization, happening: Happening, counts: LedgerCounts) => Planned[];
}

/** Every authorisation there is, and every key that was used. No answer leaves before it is in the file. */
export class Ledger {
  readonly #authorizations = new Map<string, Authorization>();
  readonly #timeline = new Timeline();
  readonly #decided = new Map<string, Line>();
  /** by what is written on those that were asked for in Stripe's way, in JSON */
  readonly #labelled = new Map<string, string[]>();
  /** the authorisation that a key made first */
  readonly #made = new Map<string, string>();
  /** the authorisation of a refund or dispute, oldest first */
  readonly #owners = { refunds: new Map<string, string>(), disputes: new Map<string, string>() };
  readonly #planned = new Map<string, Planned>();
  /** decisions under a key */
  #requests = 0;
  /** the others */
  #facts = 0;
  #captures = 0;

  private constructor(
    private readonly file: LedgerFile,
    private readonly options: LedgerOptions,
  ) {}

  /** @throws SimulatorError LEDGER_CORRUPT when the file holds what this simulator did not write */
  static async open(path: string, options: LedgerOptions): Promise<Ledger> {
    const { file, values } = await LedgerFile.open(path, options.fsync);
    const ledger = new Ledger(file, options);
    for (const [index, value] of values.entries()) {
      const line = lineSchema.safeParse(value);
      if (!line.success) {
        await file.close();
        const [issue] = line.error.issues;
        const why = issue?.code === 'custom' ? ` (${issue.message}; start with a new file)` : '';
        throw new SimulatorError('LEDGER_CORRUPT', `Line ${index + 1} of ${path} is not a line of a ledger${why}.`);
      }
      ledger.#apply(line.data);
    }
    return ledger;
  }

  counts(): LedgerCounts {
    return {
      authorizations: this.#authorizations.size,
      captures: this.#captures,
      refunds: this.#owners.refunds.size,
    };
  }

  /** What will still happen by itself. */
  planned(): Planned[] {
    return [...this.#planned.values()];
  }

  /** The time for what is made now. */
  now(): string {
    return this.#timeline.now();
  }

  /** @param beginning called for a new authorisation only, with its id: how it begins */
  async authorize(
    key: string,
    fingerprint: string,
    asked: NewAuthorization,
    beginning: (id: string) => Beginning,
  ): Promise<Decision> {
    return this.#once({ key, fingerprint }, () => {
      const id = asked.stripe === undefined ? `auth_${randomUUID()}` : `pi_${randomUUID().replaceAll('-', '')}`;
      const authorization: Authorization = {
        id,
        reference: asked.reference,
        amount: asked.amount,
        currency: asked.currency,
        capturedAmount: 0,
        refundedAmount: 0,
        ...beginning(id),
        createdAt: this.now(),
        refunds: [],
        disputes: [],
        stripe: asked.stripe ?? null,
      };
      return { authorization, happening: { type: 'authorization' } };
    });
  }

  async change(asker: Asker, id: string, change: Change): Promise<Decision> {
    if (!this.#authorizations.has(id)) return { kind: 'unknown' };
    return this.#once(asker, () => {
      const before = this.#authorizations.get(id);
      if (before === undefined) throw new Error(`authorization ${id} is gone`);
      const changed = change(before);
      return changed.ok
        ? { authorization: changed.value, happening: changed.happening }
        : { refusal: { code: changed.code, message: changed.message } };
    });
  }

  /** From now on every key is a new one. */
  async forgetKeys(): Promise<void> {
    await this.#write({ at: this.now(), happening: { type: 'authorization' }, forgetKeys: true });
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

  /** By a refund or a dispute of it. */
  async findOwner(of: 'refunds' | 'disputes', id: string): Promise<Authorization | undefined> {
    return this.find(this.#owners[of].get(id) ?? '');
  }

  /** The ids of all refunds or disputes, with those of their authorisations, oldest first. */
  async owners(of: 'refunds' | 'disputes'): Promise<[id: string, authorizationId: string][]> {
    const all = [...this.#owners[of]];
    await this.file.flushed();
    return all;
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
    asker: Asker,
    decide: () => Partial<Pick<Line, 'authorization' | 'happening' | 'refusal'>>,
  ): Promise<Decision> {
    if ('key' in asker) {
      const known = this.#remembered(asker.key);
      if (known !== undefined) {
        if (known.fingerprint !== asker.fingerprint) return { kind: 'key-reused' };
        await this.file.flushed();
        return answer(known, null);
      }
    }
    const { authorization, refusal, happening = { type: 'authorization' } } = decide();
    // what is done by hand is followed by what is done by hand
    const planned =
      authorization === undefined || 'by' in asker ? [] : this.options.plan(authorization, happening, this.counts());
    const line: Line = {
      at: new Date().toISOString(),
      ...('by' in asker ? {} : asker),
      ...(authorization && { authorization }),
      happening,
      ...(refusal && { refusal }),
      ...(planned.length > 0 && { planned }),
    };
    const number = line.key === undefined ? this.#facts : this.#requests;
    // what a person was refused has no effect on anything
    if (refusal === undefined || !('by' in asker)) await this.#write(line);
    return answer(line, number);
  }

  #remembered(key: string): Line | undefined {
    const known = this.#decided.get(key);
    const { keysForgottenAfterMs: age } = this.options;
    const forgotten = known !== undefined && age !== undefined && Date.parse(known.at) + age <= Date.now();
    return forgotten ? undefined : known;
  }

  async #write(line: Line): Promise<void> {
    // memory first: a request that comes while this one is being written must meet its effect
    this.#apply(line);
    await this.file.append(line);
  }

  #apply(line: Line): void {
    if (line.forgetKeys === true) this.#decided.clear();
    else if (line.key === undefined) this.#facts += 1;
    else this.#requests += 1;
    if (line.key !== undefined) this.#decided.set(line.key, line);
    if (line.played !== undefined) this.#planned.delete(line.played);
    for (const planned of line.planned ?? []) this.#planned.set(planned.id, planned);
    const { authorization } = line;
    if (authorization === undefined) return;
    const before = this.#authorizations.get(authorization.id);
    if (before === undefined) this.#index(line.key, authorization);
    if ((before?.capturedAmount ?? 0) === 0 && authorization.capturedAmount > 0) this.#captures += 1;
    for (const { id } of authorization.refunds) this.#owners.refunds.set(id, authorization.id);
    for (const { id } of authorization.disputes) this.#owners.disputes.set(id, authorization.id);
    this.#authorizations.set(authorization.id, authorization);
  }

  #index(key: string | undefined, authorization: Authorization): void {
    if (key !== undefined && !this.#made.has(key)) this.#made.set(key, authorization.id);
    this.#timeline.add(authorization);
    for (const label of Object.entries(authorization.stripe?.metadata ?? {})) {
      const name = JSON.stringify(label);
      this.#labelled.set(name, [...(this.#labelled.get(name) ?? []), authorization.id]);
    }
  }
}

/** The same answer for a key, whatever happened to the authorisation since. */
function answer(line: Line, number: number | null): Decision {
  const { authorization, happening } = line;
  if (authorization !== undefined) return { kind: 'done', authorization, happening, number };
  const { code, message } = line.refusal ?? { code: 'refused', message: 'refused' };
  return { kind: 'refused', code, message };
}
