/** The Castagnoli polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const ENTRIES = 256;

/** Table n says what a byte does to the checksum with n bytes behind it. */
const TABLES = tablesOf();

/**
 * CRC-32C of `bytes` from `from` on, eight bytes at a time: three times as fast as one by one.
 * Source: M. Kounavis, F. Berry: A Systematic Approach to Building High Performance, Software-based, CRC Generators.
 */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let at = from;
  for (const end = to - SLICES + 1; at < end; at += SLICES) {
    const low =
      crc ^ (byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24));
    crc =
      entry(7, low & 0xff) ^
      entry(6, (low >>> 8) & 0xff) ^
      entry(5, (low >>> 16) & 0xff) ^
      entry(4, low >>> 24) ^
      entry(3, byte(bytes, at + 4)) ^
      entry(2, byte(bytes, at + 5)) ^
      entry(1, byte(bytes, at + 6)) ^
      entry(0, byte(bytes, at + 7));
  }
  for (; at < to; at += 1) crc = entry(0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entry(slice: number, index: number): number {
  return TABLES[slice * ENTRIES + index] ?? 0;
}

function tablesOf(): Int32Array {
  const tables = new Int32Array(SLICES * ENTRIES);
  for (let index = 0; index < ENTRIES; index += 1) {
    let crc = index;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[index] = crc;
  }
  for (let at = ENTRIES; at < tables.length; at += 1) {
    const before = tables[at - ENTRIES] ?? 0;
    tables[at] = (tables[before & 0xff] ?? 0) ^ (before >>> 8);
  }
  return tables;
}
