import { randomFillSync } from 'node:crypto';

/**
 * An id for an event: UUIDv7 (RFC 9562), which begins with the time in milliseconds. Made when the event is, once; it
 * stays the event's however often it is sent.
 */
export function newEventId(): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
