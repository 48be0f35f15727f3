import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Authorization, StripeTerms } from './authorization.js';
import type { Change, Happening } from './changes.js';
import { LedgerFile } from './ledger-file.js';
import { LedgerIndex } from './ledger-index.js';
import type { Line, Planned } from './ledger-line.js';
import { LedgerLines, readLine } from './ledger-lines.js';
import type { Owned } from './owned-index.js';
import type { Page } from './page.js';
import type { Span } from './timeline.js';

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

/** So many lines are read back before others have a turn. */
const READ_AT_ONCE = 500;

/**
 * Every authorisation there is, and every key that was used. They stay in the file, and memory holds where they are in
 * it. No answer leaves before it is in the file.
 */
export class Ledger {
  readonly #lines: LedgerLines;
  readonly #index: LedgerIndex;
  readonly #planned = new Map<string, Planned>();
  /** decisions under a key */
  #requests = 0;
  /** the others */
  #facts = 0;

  private constructor(
    private readonly file: LedgerFile,
    private readonly options: LedgerOptions,
  ) {
    this.#lines = new LedgerLines(file);
    this.#index = new LedgerIndex(this.#lines);
  }

  /** @throws SimulatorError LEDGER_CORRUPT when the file holds what this simulator did not write */
  static async open(path: string, options: LedgerOptions): Promise<Ledger> {
    const file = await LedgerFile.open(path, options.fsync);
    const ledger = new Ledger(file, options);
    try {
      for await (const line of file.lines()) ledger.#apply(readLine(line, path), line.place);
      return ledger;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  counts(): LedgerCounts {
    return {
      authorizations: this.#index.size,
      captures: this.#index.captures,
      refunds: this.#index.owned.refunds.size,
    };
  }

  /** What will still happen by itself. */
  planned(): Planned[] {
    return [...this.#planned.values()];
  }

  /** The time for what is made now. */
  now(): string {
    return this.#index.timeline.now();
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
    const before = this.#current(this.#index.number(id));
    if (before === undefined) return { kind: 'unknown' };
    return this.#once(asker, () => {
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
    return this.#shown(this.#current(this.#index.number(id)));
  }

  /** By the key it was made under. */
  async findByKey(key: string): Promise<Authorization | undefined> {
    return this.#shown(this.#current(this.#index.madeBy(key)));
  }

  /** By a refund or a dispute of it. */
  async findOwner(of: 'refunds' | 'disputes', id: string): Promise<Authorization | undefined> {
    return this.#shown(this.#index.owned[of].owner(id));
  }

  /**
   * Refunds or disputes with their authorisations, the newest first, `limit` at most. Undefined: `after` is none of them.
   *
   * @param id of the authorisation whose they are; of all when undefined
   * @param after the id that the page before ended with
   */
  async owners(
    of: 'refunds' | 'disputes',
    id: string | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<Page<Owned> | undefined> {
    const owned = this.#index.owned[of];
    if (id === undefined) return this.#shown(owned.page(after, limit));
    return this.#shown(owned.pageOf(this.#current(this.#index.number(id)), after, limit));
  }

  /** Those that a label is written on, oldest first. */
  async findByLabel(name: string, value: string): Promise<Authorization[]> {
    return this.#shown(this.#index.labelled(name, value));
  }

  /** All of them, oldest first. */
  async all(): Promise<Authorization[]> {
    // a line does not change, so these say how it is now, however long it takes to read them
    const places = this.#index.places();
    await this.file.flushed();
    const all: Authorization[] = [];
    for (const place of places) {
      all.push(this.#lines.authorizationAt(place));
      if (all.length % READ_AT_ONCE === 0) await nextTurn();
    }
    return all;
  }

  /**
   * The newest first, `limit` at most: what is listed costs, and not what there is. Undefined: `after` is not known.
   *
   * @param span.after the id that the page before ended with
   */
  async page(
    span: Span & { readonly after: string | undefined },
    limit: number,
  ): Promise<Page<Authorization> | undefined> {
    const before = span.after === undefined ? this.#index.size : this.#index.number(span.after);
    if (before === undefined) return undefined;
    const numbers = this.#index.timeline.newestFirst(span, before, limit + 1);
    const data = numbers.slice(0, limit).map((number) => this.#index.authorization(number));
    return this.#shown({ data, hasMore: numbers.length > limit });
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
    const known = this.#index.decided(key);
    const { keysForgottenAfterMs: age } = this.options;
    const forgotten = known !== undefined && age !== undefined && Date.parse(known.at) + age <= Date.now();
    return forgotten ? undefined : known;
  }

  #current(number: number | undefined): Authorization | undefined {
    return number === undefined ? undefined : this.#index.authorization(number);
  }

  /** What was found, when all that it can show is in the file. */
  async #shown<T>(found: T): Promise<T> {
    await this.file.flushed();
    return found;
  }

  async #write(line: Line): Promise<void> {
    const { place, written } = this.file.append(line);
    // memory first: a request that comes while this one is being written must meet its effect
    this.#apply(line, place);
    await written;
  }

  #apply(line: Line, place: number): void {
    if (line.forgetKeys === true) this.#index.forgetKeys();
    else if (line.key === undefined) this.#facts += 1;
    else this.#requests += 1;
    if (line.played !== undefined) this.#planned.delete(line.played);
    for (const planned of line.planned ?? []) this.#planned.set(planned.id, planned);
    this.#index.add(line, place);
  }
}

/** The same answer for a key, whatever happened to the authorisation since. */
function answer(line: Line, number: number | null): Decision {
  const { authorization, happening } = line;
  if (authorization !== undefined) return { kind: 'done', authorization, happening, number };
  const { code, message } = line.refusal ?? { code: 'refused', message: 'refused' };
  return { kind: 'refused', code, message };
}
