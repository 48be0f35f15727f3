import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { Ports } from './ports.js';

it('gives the next free port for a taken one, never one twice, and tells of it', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  try {
    const ports = new Ports();
    const first = await ports.take('order', port);
    const second = await ports.take('its metrics', port);
    expect(first).toBeGreaterThan(port);
    expect(second).toBeGreaterThan(first);
    expect(ports.moved).toEqual([
      { what: 'order', wished: port, given: first },
      { what: 'its metrics', wished: port, given: second },
    ]);
  } finally {
    taken.close();
  }
});
