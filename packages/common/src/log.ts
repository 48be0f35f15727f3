/** The part of a pino logger that is used here. What needs less asks for a `Pick` of it. */
export interface Log {
  debug(object: object, message: string): void;
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
}
