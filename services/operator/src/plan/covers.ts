/**
 * Whether an object is as it is wanted. The API server fills in what was not said and writes quantities in its own way
 * (`1000m` as `1`), so that equality would ask too much; what was said must be there, and lists may have nothing more.
 */
export function covers(found: unknown, wanted: unknown): boolean {
  if (isEmpty(wanted)) return isEmpty(found) || found === undefined || isDefault(found);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((item, index) => covers(found[index], item))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return false;
    return Object.entries(wanted).every(([name, value]) => covers((found as Record<string, unknown>)[name], value));
  }
  if (found === wanted) return true;
  return sameQuantity(found, wanted);
}

/** What the API server leaves out where it is said. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && Object.values(value).every(isEmpty));

/** What may stand for nothing: the API server's own filling, which is not a foreign edit. */
const isDefault = (value: unknown): boolean => typeof value === 'object';

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function sameQuantity(one: unknown, other: unknown): boolean {
  const [first, second] = [quantity(one), quantity(other)];
  return first !== undefined && second !== undefined && Math.abs(first - second) <= 1e-9 * Math.max(first, second);
}

function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [, digits, suffix] = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i)?$/.exec(value) ?? [];
  const factor = SUFFIXES[suffix ?? ''];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
