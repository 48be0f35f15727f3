import { createHash, randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Decision } from '../ledger.js';
import { readForm } from './read-form.js';
import type { Expanded, StripeObject } from './stripe-objects.js';

/** A refusal in Stripe's form. */
export class StripeRefusal extends Error {
  override readonly name = 'StripeRefusal';

  constructor(
    readonly status: number,
    readonly error: StripeObject,
  ) {
    super(String(error['message']));
  }
}

/** @param path where the charge is in what is answered */
export function expansion(expand: readonly string[], path: string): Expanded {
  if (expand.includes(`${path}.refunds`)) return 'refunds';
  return expand.includes(path) ? 'charge' : 'nothing';
}

export function form(request: FastifyRequest): unknown {
  return readForm(request.body instanceof URLSearchParams ? request.body : new URLSearchParams());
}

export function query(request: FastifyRequest): unknown {
  return readForm(new URLSearchParams(request.url.split('?')[1] ?? ''));
}

export function read<S extends z.ZodType>(schema: S, fields: unknown): z.infer<S> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [param = ''] = issue.keys;
    throw invalid(param, 'parameter_unknown', `Received unknown parameter: ${param}`);
  }
  const [name = '', ...members] = issue?.path.map(String) ?? [];
  const param = name + members.map((member) => `[${member}]`).join('');
  throw invalid(param, 'parameter_invalid', `Invalid ${param}: ${issue?.message ?? 'invalid'}`);
}

/** One that did not send a key is not asked to: it gets one, as it would from Stripe. */
export function keyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') {
    const made = randomUUID();
    request.headers['idempotency-key'] = made;
    return made;
  }
  if (key.length > 255) throw invalid('', 'idempotency_key_too_long', 'The Idempotency-Key is too long.');
  return key;
}

/** Distinguishes two requests under one key, whatever the order of their fields. */
export function fingerprint(request: FastifyRequest): string {
  const fields = request.body instanceof URLSearchParams ? [...request.body].map((field) => field.join('=')) : [];
  return createHash('sha256')
    .update(JSON.stringify([request.url, ...fields.toSorted()]))
    .digest('hex')
    .slice(0, 32);
}

/** @throws StripeRefusal unless it was done, now or before */
export function done(
  reply: FastifyReply,
  decision: Decision,
  amountParam: string,
  id = '',
): Extract<Decision, { kind: 'done' }> {
  switch (decision.kind) {
    case 'done':
      if (decision.number === null) reply.header('idempotent-replayed', 'true');
      return decision;
    case 'refused':
      if (decision.code === 'disputed') throw invalid(undefined, 'charge_disputed', decision.message);
      throw decision.code === 'amount_too_large'
        ? invalid(amountParam, undefined, decision.message)
        : invalid(undefined, 'payment_intent_unexpected_state', decision.message);
    case 'unknown':
      throw missing(id, amountParam === 'amount' ? 'payment_intent' : 'intent');
    case 'key-reused':
      throw new StripeRefusal(400, {
        type: 'idempotency_error',
        message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      });
  }
}

export function invalid(param: string | undefined, code: string | undefined, message: string): StripeRefusal {
  return new StripeRefusal(400, {
    type: 'invalid_request_error',
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
    message,
  });
}

export function missing(id: string, param: string, what = 'payment_intent'): StripeRefusal {
  const message = `No such ${what}: '${id}'`;
  return new StripeRefusal(404, { type: 'invalid_request_error', code: 'resource_missing', param, message });
}
