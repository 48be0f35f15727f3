import { expect, it } from '@jest/globals';
import type { KeptProcess } from '@outrider/testkit';
import { Supervisor, type Program } from './supervisor.js';

const program: Program = {
  name: 'order',
  spec: { command: 'node', args: [], env: {}, cwd: '/', logFile: '/dev/null', stopSignal: 'SIGTERM' },
};

/** A keeper whose processes end when told to. */
function fakeKeeper() {
  const ends: ((exit: { code: number | null; signal: string | null }) => void)[] = [];
  return {
    ends,
    spawn: async (): Promise<KeptProcess> => {
      const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => ends.push(resolve));
      return { pid: 100 + ends.length, exited };
    },
  };
}

it('starts a process again that dies, reports how it ended, and stops doing so', async () => {
  const keeper = fakeKeeper();
  const told: string[] = [];
  let restarted: () => void = () => undefined;
  const supervisor = new Supervisor(
    keeper,
    {
      ended: ({ name }, how) => told.push(`${name} ${how}`),
      restarted: (_program, pid) => {
        told.push(`pid ${pid}`);
        restarted();
      },
    },
    { firstDelayMs: 1, longestDelayMs: 4, healthyAfterMs: 1000 },
  );
  await supervisor.start(program);
  expect(supervisor.pidOf('order')).toBe(101);

  for (const exit of [
    { code: null, signal: 'SIGKILL' },
    { code: 3, signal: null },
  ]) {
    const again = new Promise<void>((resolve) => (restarted = resolve));
    keeper.ends.at(-1)!(exit);
    await again;
  }
  expect(told).toEqual(['order was ended by SIGKILL', 'pid 102', 'order ended with exit code 3', 'pid 103']);
  expect(supervisor.pidOf('order')).toBe(103);
  expect(supervisor.deathsOf('order')).toBe(2);

  supervisor.stop();
  keeper.ends.at(-1)!({ code: 0, signal: null });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(keeper.ends).toHaveLength(3);
  expect(told).toHaveLength(4);
});
