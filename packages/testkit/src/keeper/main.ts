/**
 * The keeper: a process of its own that starts the servers and outlives their owner by just long enough to stop
 * them. Its standard input is a pipe that only the owner holds, so the operating system itself shows the keeper when
 * the owner is gone, whatever ended it (return, crash, Ctrl-C, kill -9). The servers are the keeper's children: it
 * ends them by the pids it started, and such a pid cannot be another process's before the keeper has seen it exit.
 *
 * Only node: modules and types are imported, so Node runs this file from source as well as from dist.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, ProcessSpec, Report } from './protocol.js';

const STOP_GRACE_MS = 10_000;

const running = new Map<ChildProcess, { readonly stopSignal: NodeJS.Signals; readonly exited: Promise<void> }>();
const directories: string[] = [];
const containerLabels: string[] = [];
let ending = false;

function report(message: Report): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function start(id: number, spec: ProcessSpec): void {
  const log = openSync(spec.logFile, 'a');
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ['ignore', log, log],
    // Its own session: a Ctrl-C in the owner's terminal reaches the owner only, and servers end in good order.
    detached: true,
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) {
    child.once('error', (error) => report({ kind: 'failed', id, message: error.message }));
    return;
  }
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      report({ kind: 'exited', pid, code, signal });
      resolve();
    });
  });
  running.set(child, { stopSignal: spec.stopSignal, exited });
  report({ kind: 'done', id, pid });
}

async function stopProcess(
  child: ChildProcess,
  { stopSignal, exited }: { stopSignal: NodeJS.Signals; exited: Promise<void> },
) {
  child.kill(stopSignal);
  const grace = new AbortController();
  await Promise.race([
    exited,
    sleep(STOP_GRACE_MS, undefined, { signal: grace.signal }).then(() => child.kill('SIGKILL')),
  ]);
  grace.abort();
  await exited;
}

/** Loaded only when containers were started: the library takes longer to load than everything else here together. */
async function removeContainers(label: string): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { dockerode } = (await getContainerRuntimeClient()).container;
  // A container that was still being created when the owner ended shows up only in a later look.
  for (let emptyLooks = 0; emptyLooks < 2;) {
    const found = await dockerode.listContainers({ all: true, filters: { label: [label] } });
    emptyLooks = found.length === 0 ? emptyLooks + 1 : 0;
    await Promise.allSettled(found.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })));
    if (emptyLooks < 2) await sleep(300);
  }
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.allSettled([
    ...[...running].map(([child, kept]) => stopProcess(child, kept)),
    ...containerLabels.map(removeContainers),
  ]);
  await Promise.allSettled(
    directories.map((path) => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })),
  );
  process.exit(0);
}

function obey(command: Command): void {
  switch (command.op) {
    case 'spawn':
      try {
        if (ending) throw new Error('the keeper is ending');
        start(command.id, command.spec);
      } catch (error) {
        report({ kind: 'failed', id: command.id, message: error instanceof Error ? error.message : String(error) });
      }
      return;
    case 'removeAtEnd':
      directories.push(command.directory);
      report({ kind: 'done', id: command.id });
      return;
    case 'removeContainersAtEnd':
      containerLabels.push(command.label);
      report({ kind: 'done', id: command.id });
      return;
    case 'end':
      void end();
  }
}

// Reports to an owner that is gone fail with EPIPE; the end of input says the same thing.
process.stdout.on('error', () => void end());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
createInterface({ input: process.stdin })
  .on('line', (line) => obey(JSON.parse(line) as Command))
  .on('close', () => void end());
