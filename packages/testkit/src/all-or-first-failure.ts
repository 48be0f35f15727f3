/** Rejects with the first failure, but not before all have ended: nothing starts behind a stopped keeper. */
export async function allOrFirstFailure<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(promises);
  return ends.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
