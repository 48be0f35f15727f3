import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePort } from '@outrider/testkit';
import { choosePorts } from './ports.js';

it('gives the next port that is free and nobody wishes for in place of a taken one, and reports it', async () => {
  // from a range that outgoing connections stay out of, so that the ports behind it are free too
  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  try {
    const { ports, moved } = await choosePorts([
      { what: 'order', wished: port },
      { what: 'inventory', wished: port + 1 },
    ]);
    expect(ports.get('inventory')).toBe(port + 1);
    expect(ports.get('order')).toBeGreaterThan(port + 1);
    expect(moved).toEqual([{ what: 'order', wished: port, given: ports.get('order') }]);
  } finally {
    taken.close();
  }
});
