import type { SqlClient } from '@outrider/common';

/**
 * A method of a port, as a function of the connection that it runs on: so the port alone says what goes in and what
 * comes out.
 */
export type Statement<Method, Client = SqlClient> = Method extends (...args: infer Args) => infer Result
  ? (client: Client, ...args: Args) => Result
  : never;
