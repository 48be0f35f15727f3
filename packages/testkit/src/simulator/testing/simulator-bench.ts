import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Simulator, type SimulatorOptions } from '../index.js';

/** A webhook as it came. */
export interface Webhook {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A simulator that is started again on the same ledger as often as wanted, and a merchant that receives its webhooks. */
export interface SimulatorBench {
  readonly ledgerFile: string;
  readonly simulator: Simulator;
  /** each once, however often it was sent */
  readonly told: readonly Webhook[];
  start(options?: Partial<SimulatorOptions>): Promise<void>;
  /** @param body JSON; in Stripe's routes a form */
  call(method: string, path: string, body?: object, key?: string): Promise<Answered>;
  close(): Promise<void>;
}

/** A simulator of its own for one test, on an empty ledger; it speaks both dialects. */
export async function simulatorBench(): Promise<SimulatorBench> {
  const directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  const ledgerFile = join(directory, 'ledger.jsonl');
  const told: Webhook[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const webhook = JSON.parse(body) as Webhook;
      // one that is not answered in time, on a loaded machine, is sent again
      if (told.every(({ id }) => id !== webhook.id)) told.push(webhook);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const target = {
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    secret: 'a secret of the test',
  };
  let simulator: Simulator | undefined;
  const bench: SimulatorBench = {
    ledgerFile,
    told,
    get simulator() {
      if (simulator === undefined) throw new Error('not started');
      return simulator;
    },
    async start(options = {}) {
      await simulator?.close();
      simulator = await startSimulator({ ledgerFile, webhooks: target, stripeWebhooks: target, ...options });
    },
    async call(method, path, body, key) {
      const stripe = path.startsWith('/v1/');
      const response = await fetch(`${bench.simulator.url}${path}`, {
        method,
        headers: {
          ...(stripe && { authorization: 'Bearer sk_test_1' }),
          ...(body !== undefined && !stripe && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body !== undefined && {
          body: stripe ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body),
        }),
      });
      return { status: response.status, body: (await response.json()) as Answered['body'] };
    },
    async close() {
      await simulator?.close();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
  return bench;
}
