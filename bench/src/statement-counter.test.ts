import { expect, test } from '@jest/globals';
import { statementsOf } from './statement-counter.js';

function messageOf(type: string, body: string): Buffer {
  const message = Buffer.alloc(type.length + 4 + body.length);
  message.write(type);
  message.writeInt32BE(4 + body.length, type.length);
  message.write(body, type.length + 4);
  return message;
}

test('statements are counted, however their bytes come, and nothing else', () => {
  const bytes = Buffer.concat([
    messageOf('', 'QE startup'),
    messageOf('p', 'password'),
    messageOf('Q', 'LISTEN outbox'),
    ...['P', 'B', 'D', 'E', 'S'].map((type) => messageOf(type, 'Q')),
    messageOf('X', ''),
  ]);
  expect(statementsOf()(bytes)).toBe(2);
  const look = statementsOf();
  expect([...bytes].reduce((sum, byte) => sum + look(Buffer.of(byte)), 0)).toBe(2);
});
