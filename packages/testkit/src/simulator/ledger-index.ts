import type { Authorization } from './authorization.js';
import { HashIndex } from './hash-index.js';
import type { Line } from './ledger-line.js';
import type { LedgerLines } from './ledger-lines.js';
import { OwnedIndex } from './owned-index.js';
import { Timeline } from './timeline.js';

/**
 * Where everything is in the file. It holds places of lines, and numbers of authorisations, which are counted from 0 in
 * the order in which they were made; what they are is read in the file.
 */
export class LedgerIndex {
  readonly timeline = new Timeline();
  /** by id; an entry's number is the authorisation's, its value the place of the last line about it */
  readonly #authorizations = new HashIndex((place) => [this.lines.at(place).authorization?.id]);
  readonly #keyAt = (place: number) => [this.lines.at(place).key];
  /** by key, the place of what was last decided under it */
  #decided = new HashIndex(this.#keyAt);
  /** by key, the place of the line in which it first made an authorisation */
  readonly #made = new HashIndex(this.#keyAt);
  /** by what is written on those that were asked for in Stripe's way, their numbers */
  readonly #labelled = new HashIndex((number) => labelsOf(this.authorization(number)));
  readonly owned = {
    refunds: new OwnedIndex('refunds', (number) => this.authorization(number)),
    disputes: new OwnedIndex('disputes', (number) => this.authorization(number)),
  } as const;
  #captures = 0;

  constructor(private readonly lines: LedgerLines) {}

  get size(): number {
    return this.#authorizations.size;
  }

  get captures(): number {
    return this.#captures;
  }

  /** The number of the one with this id. */
  number(id: string): number | undefined {
    return this.#authorizations.find(id);
  }

  authorization(number: number): Authorization {
    return this.lines.authorizationAt(this.#authorizations.value(number));
  }

  /** The number of the one that a key made first. */
  madeBy(key: string): number | undefined {
    const entry = this.#made.find(key);
    return entry === undefined ? undefined : this.number(this.lines.authorizationAt(this.#made.value(entry)).id);
  }

  /** What was last decided under a key. */
  decided(key: string): Line | undefined {
    const entry = this.#decided.find(key);
    return entry === undefined ? undefined : this.lines.at(this.#decided.value(entry));
  }

  /** Those that a label is written on, oldest first. */
  labelled(name: string, value: string): Authorization[] {
    const entries = [...this.#labelled.entries(JSON.stringify([name, value]))];
    return entries.toReversed().map((entry) => this.authorization(this.#labelled.value(entry)));
  }

  /** The places of the last line about each, as they are now. */
  places(): Iterable<number> {
    return this.#authorizations.values();
  }

  forgetKeys(): void {
    this.#decided = new HashIndex(this.#keyAt);
  }

  /** Takes in the line at a place. */
  add(line: Line, place: number): void {
    this.lines.keep(place, line);
    const { authorization, key } = line;
    if (key !== undefined) this.#decide(key, place);
    if (authorization === undefined) return;
    const number = this.number(authorization.id);
    const before = number === undefined ? undefined : this.authorization(number);
    if (number === undefined) this.#make(key, authorization, place);
    else this.#authorizations.replace(number, place);
    if ((before?.capturedAmount ?? 0) === 0 && authorization.capturedAmount > 0) this.#captures += 1;
    for (const owned of Object.values(this.owned)) owned.add(number ?? this.size - 1, before, authorization);
  }

  #decide(key: string, place: number): void {
    const entry = this.#decided.find(key);
    if (entry === undefined) this.#decided.add(key, place);
    else this.#decided.replace(entry, place);
  }

  #make(key: string | undefined, authorization: Authorization, place: number): void {
    if (key !== undefined && this.#made.find(key) === undefined) this.#made.add(key, place);
    for (const label of labelsOf(authorization)) this.#labelled.add(label, this.size);
    this.timeline.add(authorization.createdAt);
    this.#authorizations.add(authorization.id, place);
  }
}

function labelsOf({ stripe }: Authorization): string[] {
  return Object.entries(stripe?.metadata ?? {}).map((label) => JSON.stringify(label));
}
