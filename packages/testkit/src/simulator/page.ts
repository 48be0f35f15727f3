/** Some of a list, the newest first. */
export interface Page<T> {
  readonly data: T[];
  /** whether there are older ones */
  readonly hasMore: boolean;
}
