/**
 * Runs kinds of one thing in turns, so that what disturbs the machine disturbs all of them. Who begins changes, since
 * tables grow from round to round.
 */
export async function inTurns<K extends string, R>(
  kinds: readonly K[],
  rounds: number,
  run: (kind: K, round: number) => Promise<R>,
): Promise<Record<K, R[]>> {
  const of = Object.fromEntries(kinds.map((kind) => [kind, [] as R[]])) as Record<K, R[]>;
  for (let round = 1; round <= rounds; round += 1) {
    for (const kind of round % 2 === 1 ? kinds : kinds.toReversed()) of[kind].push(await run(kind, round));
  }
  return of;
}
