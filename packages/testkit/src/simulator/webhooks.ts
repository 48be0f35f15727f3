import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authorization } from './authorization.js';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from './sign-webhook.js';

/** Who is told, and what it is signed with. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** What became of the webhooks. */
export interface WebhookCounts {
  /** things to tell of */
  readonly events: number;
  /** events that were taken, by an answer of 2xx */
  readonly delivered: number;
  /** those sent by somebody else, with a wrong signature */
  readonly forged: number;
  /** forged ones that were taken all the same */
  readonly believed: number;
}

const TRIES = 6;
const FIRST_WAIT_MS = 200;
const ANSWER_WITHIN_MS = 3_000;

/** Tells the merchant of each change, and tries again a few times when it is not heard. */
export class Webhooks {
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #counts = { events: 0, delivered: 0, forged: 0, believed: 0 };

  constructor(private readonly target: WebhookTarget | undefined) {}

  counts(): WebhookCounts {
    return { ...this.#counts };
  }

  /** Resolves when it has been sent once, whether it was heard or not. */
  async tell(data: Authorization, how: { readonly duplicate: boolean; readonly forged: boolean }): Promise<void> {
    if (this.target === undefined || this.#closing.signal.aborted) return;
    const { secret } = this.target;
    this.#counts.events += 1;
    const first = [this.#deliver(event(data), secret, how.duplicate ? 2 : 1)];
    if (how.forged) first.push(this.#forge(data));
    await Promise.all(first);
  }

  /** Gives up what was not heard yet. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #deliver(body: string, secret: string, copies: number): Promise<void> {
    const taken = await Promise.all(Array.from({ length: copies }, () => this.#send(body, secret)));
    if (taken.includes(true)) this.#counts.delivered += 1;
    else void this.#keep(this.#again(body, secret));
  }

  async #again(body: string, secret: string): Promise<void> {
    for (let tries = 1; tries < TRIES; tries += 1) {
      await sleep(FIRST_WAIT_MS * 2 ** tries, undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#closing.signal.aborted) return;
      if (await this.#send(body, secret)) {
        this.#counts.delivered += 1;
        return;
      }
    }
  }

  /** Says what would hurt most: that a declined one is good, or that a good one was declined. */
  async #forge(data: Authorization): Promise<void> {
    this.#counts.forged += 1;
    const status = data.status === 'DECLINED' ? 'AUTHORIZED' : 'DECLINED';
    if (await this.#send(event({ ...data, status }), randomBytes(24).toString('hex'))) this.#counts.believed += 1;
  }

  #send(body: string, secret: string): Promise<boolean> {
    return this.#keep(post(this.target?.url ?? '', body, secret, this.#closing.signal));
  }

  #keep<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }
}

function event(data: Authorization): string {
  const type = `authorization.${data.status.toLowerCase()}`;
  return JSON.stringify({ id: `evt_${randomUUID()}`, type, createdAt: new Date().toISOString(), data });
}

async function post(url: string, body: string, secret: string, closing: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [WEBHOOK_SIGNATURE_HEADER]: signWebhook(secret, body) },
      body,
      signal: AbortSignal.any([closing, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // not heard, for whatever reason: it is sent again
    return false;
  }
}
