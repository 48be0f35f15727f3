import { errorCode } from '@outrider/common';
import { statementName } from '@outrider/outbox';
import pg from 'pg';

/** Most statements that a connection prepares: those that the ORM generates must not fill the server's memory. */
const MOST_PREPARED = 300;

/** In front of a statement whose result nobody reads: it is sent with the next one, and its error is that one's. */
export const WITH_NEXT = '/* with next */ ';

interface Wire {
  readonly connection: {
    readonly stream: { cork(): void; uncork(): void };
    /** by name, the statements that the server has parsed */
    readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  };
}

type Arguments = readonly unknown[];

/** What each statement of a transaction is answered with when one before it has failed. */
const IN_FAILED_TRANSACTION = '25P02';

/**
 * A connection that prepares each statement with parameters once, by its text: the services' statements are few and
 * fixed, and parsing and planning them each time was half of what PostgreSQL did for an order. A connection that does not
 * answer in time is closed, by pg itself while statements are pipelined: back in the pool it would block the next user.
 *
 * BEGIN goes out with the statement after it, and so does a statement that is marked `WITH_NEXT`, COMMIT being one of those: each
 * spares the way to the server and back. Statements that are given in one turn of the event loop go out in one write. What
 * follows a statement that failed does nothing, a COMMIT too; the error is that of the first that failed.
 */
export class ServiceClient extends pg.Client {
  /** names by text */
  readonly #prepared = new Map<string, string>();
  #refused = 0;
  /** what is sent with the next statement, in this order */
  #held: Arguments[] = [];
  #isInTransaction = false;
  /** Whether BEGIN has been sent. */
  #isBegun = false;
  /** Whether the server refused to commit: then it has rolled back. */
  #isRolledBack = false;
  #isGathering = false;
  /** of the statements of the transaction, in the order in which they were sent */
  #answers: Promise<unknown>[] = [];

  constructor(config?: pg.ClientConfig) {
    // several statements may be under way, each with its own answer; one that does not answer in time ends the connection
    super({ ...config, pipeline: true });
  }

  /** As pg's own, in all its forms. */
  override query(...args: Arguments): never {
    const [text, values] = args;
    const verb =
      typeof text === 'string' ? /^(?:begin(?= |$)|commit$|rollback$)/i.exec(text)?.[0].toLowerCase() : undefined;
    if (verb === 'begin') {
      this.#isRolledBack = false;
      this.#isInTransaction = true;
      this.#isBegun = false;
      this.#answers = [];
      return this.#hold([text]);
    }
    if (typeof text === 'string' && text.startsWith(WITH_NEXT)) {
      const plain = [text.slice(WITH_NEXT.length), values];
      // without a transaction no COMMIT would ever take it along
      return this.#isInTransaction ? this.#hold(plain) : (this.#send(plain) as never);
    }
    const held = this.#held;
    this.#held = [];
    // BEGIN is kept back until the first statement, so what is held first then is BEGIN
    const isUnsent = this.#isInTransaction && !this.#isBegun;
    this.#isBegun = true;
    const isNothing =
      verb === 'rollback' ? isUnsent || this.#isRolledBack : verb === 'commit' && isUnsent && held.length === 1;
    if (isNothing || verb === 'rollback') {
      this.#isInTransaction = false;
      return (isNothing ? Promise.resolve(NOTHING) : this.#rollBack()) as never;
    }
    const before = held.map((one) => this.#send(one));
    if (verb === 'commit') return this.#commit(before) as never;
    return (before.length === 0 ? this.#send(args) : this.#outcomeOf(before, this.#send(args))) as never;
  }

  /** What is written from now to the end of this turn of the event loop goes out in one write. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const { stream } = (this as unknown as Wire).connection;
    stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }

  #hold(args: Arguments): never {
    this.#held.push(args);
    return Promise.resolve(NOTHING) as never;
  }

  /** What the last one is answered with; the error of the first that failed. */
  async #outcomeOf(before: readonly unknown[], last: unknown): Promise<unknown> {
    const outcomes = await Promise.allSettled([...before, last]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed === undefined) return last;
    throw failed.reason;
  }

  /**
   * PostgreSQL answers COMMIT behind a statement that failed with ROLLBACK, and that is no error of its own. Who went on after a
   * failure must not take it for a commit.
   */
  async #commit(before: readonly unknown[]): Promise<unknown> {
    this.#isInTransaction = false;
    const answers = this.#answers;
    this.#answers = [];
    const [commit, ...others] = await Promise.allSettled([this.#send(['commit']), ...before]);
    const done = commit.status === 'fulfilled' ? (commit.value as pg.QueryResult) : undefined;
    this.#isRolledBack = done?.command === 'ROLLBACK';
    const failed = [...others, commit].find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (this.#isRolledBack) throw await firstError(answers, new Error('the transaction was rolled back instead'));
    return done;
  }

  /** A connection that is gone has rolled back: an error of its own must not hide the cause. */
  async #rollBack(): Promise<unknown> {
    this.#answers = [];
    try {
      return await this.#send(['rollback']);
    } catch {
      return NOTHING;
    }
  }

  #send(args: Arguments): unknown {
    this.#gather();
    const [text, values, ...more] = args;
    const name =
      typeof text === 'string' && Array.isArray(values) && values.length > 0 ? this.#nameOf(text) : undefined;
    const answer = this.#query(...(name === undefined ? args : [{ name, text }, values, ...more]));
    // with a callback there is no promise, and the ORM does not ask so
    if (!this.#isInTransaction || !isPromise(answer)) return answer;
    const all = this.#answers;
    const position = all.push(answer) - 1;
    return answer.catch(async (error: unknown) => {
      if (errorCode(error) !== IN_FAILED_TRANSACTION) throw error;
      if (name !== undefined) this.#renameUnlessParsed(text as string, name);
      throw await firstError(all.slice(0, position), error);
    });
  }

  /**
   * A statement that was new to the connection was not parsed behind one that failed, and is parsed again with its next use. A pooler
   * may have taken note of the name all the same, and closes a connection that gives it to a statement a second time.
   */
  #renameUnlessParsed(text: string, name: string): void {
    const { parsedStatements } = (this as unknown as Wire).connection;
    if (parsedStatements[name] !== undefined || this.#prepared.get(text) !== name) return;
    this.#refused += 1;
    this.#prepared.set(text, `${statementName(text)}_${this.#refused}`);
  }

  #query(...args: Arguments): unknown {
    const query = super.query.bind(this) as unknown as (...all: Arguments) => unknown;
    return query(...args);
  }

  #nameOf(text: string): string | undefined {
    const known = this.#prepared.get(text);
    if (known !== undefined || this.#prepared.size >= MOST_PREPARED) return known;
    const name = statementName(text);
    this.#prepared.set(text, name);
    return name;
  }
}

function isPromise(answer: unknown): answer is Promise<unknown> {
  return typeof answer === 'object' && answer !== null && 'catch' in answer;
}

/** Statements may be sent before the answer to the one before: then their own error does not say what has failed. */
async function firstError(before: readonly Promise<unknown>[], own: unknown): Promise<unknown> {
  const outcomes = await Promise.allSettled(before);
  const first = outcomes.find((outcome) => outcome.status === 'rejected');
  return first === undefined ? own : first.reason;
}

const NOTHING = { rows: [], rowCount: 0, command: '', oid: 0, fields: [] } satisfies pg.QueryResult;
