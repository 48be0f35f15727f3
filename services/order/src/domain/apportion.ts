/**
 * Divides a whole amount in proportion to weights, by the method of the largest remainder: each share is the exact one
 * rounded towards 0, and what is then missing goes, a unit each, to those that lost most by it. The shares sum exactly
 * to the amount, none differs from its exact value by a whole unit, and one with the weight 0 is 0.
 *
 * @param amount minor units, of either sign
 * @param weights whole and ≥ 0; their sum > 0, unless the amount is 0
 * @param inOrder which of two indexes comes first where the remainders are equal (as of a sort)
 * @throws RangeError when there is nothing to divide it by
 */
export function apportion(
  amount: number,
  weights: readonly number[],
  inOrder: (one: number, other: number) => number,
): readonly number[] {
  if (amount === 0) return weights.map(() => 0);
  // an amount times a weight leaves the safe integers
  const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n);
  if (sum === 0n) throw new RangeError(`there is nothing to divide ${amount} by`);
  const whole = BigInt(Math.abs(amount));
  const shares = weights.map((weight) => (whole * BigInt(weight)) / sum);
  const lost = weights.map((weight) => (whole * BigInt(weight)) % sum);
  const missing = Number(whole - shares.reduce((total, share) => total + share, 0n));
  const byLoss = [...weights.keys()].sort((one, other) => {
    const difference = (lost[other] ?? 0n) - (lost[one] ?? 0n);
    return difference === 0n ? inOrder(one, other) : difference > 0n ? 1 : -1;
  });
  const raised = new Set(byLoss.slice(0, missing));
  return shares.map((share, index) => Math.sign(amount) * Number(share + (raised.has(index) ? 1n : 0n)) || 0);
}
