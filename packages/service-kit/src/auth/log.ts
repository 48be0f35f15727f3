/** Where this concern tells of its troubles. */
export interface AuthLog {
  info(object: object, message: string): void;
  error(object: object, message: string): void;
}
