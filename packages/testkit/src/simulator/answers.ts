import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Decision } from './ledger.js';

/** Answers with what a request came to, in the simulator's own dialect. */
export function answer(reply: FastifyReply, decision: Decision, status: number): unknown {
  switch (decision.kind) {
    case 'done':
      return reply
        .code(status)
        .header('idempotent-replayed', String(decision.number === null))
        .send(decision.authorization);
    case 'refused':
      return refuse(reply, decision.code === 'not_found' ? 404 : 409, decision.code, decision.message);
    case 'unknown':
      return refuse(reply, 404, 'not_found', 'There is no such authorisation.');
    case 'key-reused':
      return refuse(reply, 422, 'key_reused', 'This Idempotency-Key was used with another request.');
  }
}

export function malformed(reply: FastifyReply, error: z.ZodError): unknown {
  const issue = error.issues[0];
  return refuse(reply, 400, 'malformed', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

export function refuse(reply: FastifyReply, status: number, code: string, message: string): unknown {
  return reply.code(status).send({ error: { code, message } });
}
