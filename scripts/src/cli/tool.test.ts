import { expect, test } from '@jest/globals';
import { Tool } from './tool.js';

const node = new Tool(`${process.execPath} --no-warnings`, { GIVEN: 'by the tool' });

test('a program of several words gets its arguments, its input and its environment', async () => {
  const program = `process.stdin.on('data', (text) => console.log(process.env.GIVEN + ': ' + text))`;
  expect(await node.run(['--eval', program], { input: 'text' })).toBe('by the tool: text\n');
});

test('what a program said is in the error, with its exit code', async () => {
  const failed = node.run(['--eval', `console.error('no such pod'); process.exit(3)`]);
  await expect(failed).rejects.toThrow(/ended with 3:\nno such pod$/u);
});

test('a program that is not there is named', async () => {
  await expect(new Tool('no-such-program', {}).run([])).rejects.toThrow('no-such-program cannot be started');
});

test('a program ends when the test is stopped', async () => {
  const controller = new AbortController();
  const running = node.run(['--eval', 'setInterval(() => {}, 1000)'], { signal: controller.signal });
  controller.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
});

test('what a program said on standard error comes behind its output where that is wanted', async () => {
  const both = node.run(['--eval', `console.error('log of a hook'); console.log('done')`], { errorsToo: true });
  expect(await both).toBe('done\nlog of a hook\n');
});
