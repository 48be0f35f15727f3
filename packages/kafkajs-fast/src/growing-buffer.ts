/** Longer texts are written by the runtime; the call alone costs as much as a loop over so many characters. */
const SHORT_TEXT = 64;
/** The most that a UTF-16 unit of a JavaScript string takes in UTF-8. */
const BYTES_PER_UNIT = 3;
const MOST_BYTES_OF_VARINT = 5;

/** Bytes of Kafka's protocol, written one after the other into memory that grows. */
export class GrowingBuffer {
  #bytes: Buffer;
  #at = 0;

  /** @param bytes expected length; more memory is taken when needed */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** bytes written */
  get length(): number {
    return this.#at;
  }

  /** What has been written; valid until more is. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at);
  }

  /** Leaves four bytes for setInt32 or setUint32. @returns their position */
  skip32(): number {
    this.#reserve(4);
    const at = this.#at;
    this.#at += 4;
    return at;
  }

  setInt32(at: number, value: number): void {
    this.#bytes.writeInt32BE(value, at);
  }

  setUint32(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value, at);
  }

  /** A text with its length in 16 bits before it. */
  text16(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.int16(bytes);
    this.#reserve(bytes);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  /** Zigzag, seven bits a byte. */
  varint(value: number): void {
    this.#reserve(MOST_BYTES_OF_VARINT);
    this.#at = this.#putVarint(this.#at, value);
  }

  /** A text with its length before it. */
  varText(text: string): void {
    const { length } = text;
    this.#reserve(length * BYTES_PER_UNIT + 2 * MOST_BYTES_OF_VARINT);
    // most texts have a byte for each character
    const from = this.#putVarint(this.#at, length);
    const to = (length <= SHORT_TEXT ? this.#putAscii(text, from) : 0) || from + this.#bytes.write(text, from, 'utf8');
    this.#at = to - from === length ? to : this.#moveBehindLength(this.#at, from, to);
  }

  /** The bytes that `write` adds, with their length before them. */
  varSized(write: () => void): void {
    this.#reserve(MOST_BYTES_OF_VARINT);
    const at = this.#at;
    // two bytes hold the length of most
    this.#at += 2;
    write();
    this.#reserve(MOST_BYTES_OF_VARINT);
    this.#at = this.#moveBehindLength(at, at + 2, this.#at);
  }

  /** @returns where it ends */
  #moveBehindLength(at: number, from: number, to: number): number {
    const size = to - from;
    const begin = at + bytesOfVarint(size);
    if (begin !== from) this.#bytes.copyWithin(begin, from, to);
    this.#putVarint(at, size);
    return begin + size;
  }

  /** @returns where it ends; 0 when a character is not ASCII */
  #putAscii(text: string, from: number): number {
    const bytes = this.#bytes;
    const { length } = text;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return 0;
      bytes[from + index] = code;
    }
    return from + length;
  }

  #putVarint(at: number, value: number): number {
    let rest = zigzag(value);
    let next = at;
    while (rest > 0x7f) {
      this.#bytes[next] = (rest & 0x7f) | 0x80;
      next += 1;
      rest >>>= 7;
    }
    this.#bytes[next] = rest;
    return next + 1;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function bytesOfVarint(value: number): number {
  const rest = zigzag(value);
  if (rest < 1 << 7) return 1;
  if (rest < 1 << 14) return 2;
  if (rest < 1 << 21) return 3;
  return rest < 1 << 28 ? 4 : MOST_BYTES_OF_VARINT;
}
