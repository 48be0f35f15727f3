import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpExchange, NoAnswerError } from '@outrider/common';
import type { Authorization } from './authorization.js';
import type { Happening } from './changes.js';
import { signWebhook, STRIPE_SIGNATURE_HEADER, WEBHOOK_SIGNATURE_HEADER } from './sign-webhook.js';
import { stripeEvents } from './stripe/stripe-event.js';

/** Where events are sent, and what it is signed with. */
export interface WebhookTarget {
  readonly url: string;
  /** a function is asked for each webhook */
  readonly secret: string | (() => string);
}

/** What became of the webhooks. */
export interface WebhookCounts {
  /** events to report */
  readonly events: number;
  /** events that were taken, by an answer of 2xx */
  readonly delivered: number;
  /** those sent by somebody else, with a wrong signature */
  readonly forged: number;
  /** forged ones that were taken all the same */
  readonly believed: number;
}

/** How events are sent to somebody. */
interface Channel {
  readonly exchange: HttpExchange;
  readonly secret: WebhookTarget['secret'];
  readonly header: string;
  /** the bodies of the new events that report it */
  readonly events: (change: Change) => string[];
}

/** Something that happened, and how the authorisation stands after it. */
export interface Change {
  readonly authorization: Authorization;
  readonly happening: Happening;
}

const TRIES = 6;
const FIRST_WAIT_MS = 200;
const ANSWER_WITHIN_MS = 3_000;

/** Reports each change to the merchant, and tries again a few times when it is not received. */
export class Webhooks {
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #counts = { events: 0, delivered: 0, forged: 0, believed: 0 };

  readonly #own: Channel | undefined;
  readonly #stripe: Channel | undefined;

  /** @param stripe where events of payments are sent that were asked for in Stripe's way, in Stripe's form */
  constructor(own: WebhookTarget | undefined, stripe: WebhookTarget | undefined) {
    this.#own = own && channelTo(own, WEBHOOK_SIGNATURE_HEADER, (change) => [ownEvent(change)]);
    this.#stripe = stripe && channelTo(stripe, STRIPE_SIGNATURE_HEADER, stripeEvents);
  }

  counts(): WebhookCounts {
    return { ...this.#counts };
  }

  /** Resolves when it has been sent once, whether it was received or not. */
  async tell(change: Change, how: { readonly duplicate: boolean; readonly forged: boolean }): Promise<void> {
    const channel = change.authorization.stripe === null ? this.#own : this.#stripe;
    if (channel === undefined || this.#closing.signal.aborted) return;
    const bodies = channel.events(change);
    this.#counts.events += bodies.length;
    const first = bodies.map((body) => this.#deliver(channel, body, how.duplicate ? 2 : 1));
    if (how.forged) first.push(this.#forge(channel, change));
    await Promise.all(first);
  }

  /** Gives up what was not received yet. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
    for (const channel of [this.#own, this.#stripe]) channel?.exchange.close();
  }

  async #deliver(channel: Channel, body: string, copies: number): Promise<void> {
    const taken = await Promise.all(Array.from({ length: copies }, () => this.#send(channel, body)));
    if (taken.includes(true)) this.#counts.delivered += 1;
    else void this.#keep(this.#again(channel, body));
  }

  async #again(channel: Channel, body: string): Promise<void> {
    for (let tries = 1; tries < TRIES; tries += 1) {
      await sleep(FIRST_WAIT_MS * 2 ** tries, undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#closing.signal.aborted) return;
      if (await this.#send(channel, body)) {
        this.#counts.delivered += 1;
        return;
      }
    }
  }

  /** Says what would hurt most: that a declined one is good, that a good one was declined, that a refund never arrived. */
  async #forge(channel: Channel, { authorization, happening }: Change): Promise<void> {
    this.#counts.forged += 1;
    const status = authorization.status === 'DECLINED' ? 'AUTHORIZED' : 'DECLINED';
    const refunds = authorization.refunds.map((refund) => ({ ...refund, status: 'FAILED' as const }));
    const guessed = { ...channel, secret: randomBytes(24).toString('hex') };
    const [body = ''] = channel.events({ authorization: { ...authorization, status, refunds }, happening });
    if (await this.#send(guessed, body)) this.#counts.believed += 1;
  }

  #send(channel: Channel, body: string): Promise<boolean> {
    return this.#keep(post(channel, body, this.#closing.signal));
  }

  #keep<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }
}

function ownEvent({ authorization: { stripe: _terms, ...data }, happening }: Change): string {
  const type = happening.type === 'authorization' ? `authorization.${data.status.toLowerCase()}` : happening.type;
  return JSON.stringify({ id: `evt_${randomUUID()}`, type, createdAt: new Date().toISOString(), data });
}

function channelTo({ url, secret }: WebhookTarget, header: string, events: Channel['events']): Channel {
  return { exchange: new HttpExchange(url, ANSWER_WITHIN_MS), secret, header, events };
}

async function post({ exchange, secret, header }: Channel, body: string, closing: AbortSignal): Promise<boolean> {
  const signature = signWebhook(typeof secret === 'string' ? secret : secret(), body);
  try {
    const headers = { 'content-type': 'application/json', [header]: signature };
    const { status } = await exchange.send('POST', '', headers, body, closing);
    return status >= 200 && status < 300;
  } catch (error) {
    // not received, for whatever reason: it is sent again
    if (error instanceof NoAnswerError) return false;
    throw error;
  }
}
