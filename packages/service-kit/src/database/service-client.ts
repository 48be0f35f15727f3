import { statementName } from '@outrider/outbox';
import pg from 'pg';

/** Most statements that a connection prepares: those that the ORM generates must not fill the server's memory. */
const MOST_PREPARED = 300;

interface Wire {
  readonly connection: { readonly stream: { destroy(): void } };
}

/**
 * A connection that prepares each statement with parameters once, by its text: the services' statements are few and
 * fixed, and parsing and planning them each time was half of what PostgreSQL did for an order. A connection that does not
 * answer in time is closed: back in the pool it would block the next user.
 */
export class ServiceClient extends pg.Client {
  readonly #prepared = new Set<string>();

  /** As pg's own, in all its forms. */
  override query(...args: readonly unknown[]): never {
    const [text, values, ...more] = args;
    const name =
      typeof text === 'string' && Array.isArray(values) && values.length > 0 ? this.#nameOf(text) : undefined;
    const result = this.#query(...(name === undefined ? args : [{ name, text }, values, ...more]));
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') this.#destroy();
      });
    }
    return result as never;
  }

  #query(...args: readonly unknown[]): unknown {
    const query = super.query.bind(this) as unknown as (...all: readonly unknown[]) => unknown;
    return query(...args);
  }

  #nameOf(text: string): string | undefined {
    if (!this.#prepared.has(text)) {
      if (this.#prepared.size >= MOST_PREPARED) return undefined;
      this.#prepared.add(text);
    }
    return statementName(text);
  }

  #destroy(): void {
    (this as unknown as Wire).connection.stream.destroy();
  }
}
