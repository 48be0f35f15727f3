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
    await using given = await choosePorts([
      { what: 'order', wished: port },
      { what: 'inventory', wished: port + 1 },
    ]);
    const { ports, moved } = given;
    expect(ports.get('inventory')).toBe(port + 1);
    expect(ports.get('order')).toBeGreaterThan(port + 1);
    expect(moved).toEqual([{ what: 'order', wished: port, given: ports.get('order'), takenBy: 'another program' }]);
  } finally {
    taken.close();
  }
});

it('gives those who choose at the same time different ports, before anybody listens', async () => {
  const wished = await freePort();
  const wishes = [{ what: 'order', wished }];
  const all = await Promise.all([choosePorts(wishes), choosePorts(wishes), choosePorts(wishes)]);
  const given = all.map(({ ports }) => ports.get('order'));
  expect(new Set(given).size).toBe(3);
  expect(given).toContain(wished);
  expect(all.flatMap(({ moved }) => moved).map(({ takenBy }) => takenBy)).toEqual(['another run', 'another run']);

  await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
  await using again = await choosePorts(wishes);
  expect(again.moved).toEqual([]);
});
