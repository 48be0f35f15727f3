import { setTimeout as sleep } from 'node:timers/promises';
import { HttpExchange, NoAnswerError, type HttpAnswer } from '@outrider/common';
import { problemSchema } from '@outrider/contracts';
import pRetry from 'p-retry';
import type { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { ApiError, otherInstallation } from './api-error.js';

export interface Request<S extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly token?: string;
  readonly idempotencyKey?: string;
  readonly body?: unknown;
  /** what the answer must look like */
  readonly answer: S;
  readonly signal?: AbortSignal;
  /** whether what is not there yet is waited for, where the service says that it may come; it is unless told otherwise */
  readonly waitForUnknown?: boolean;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** what was asked had been done before this call: the stored answer came, and to the first try */
  readonly replayed: boolean;
}

/** How long a request may take, ms. */
const TIMEOUT_MS = 30_000;

/** In characters: of a list, at its longest page. */
const LARGEST_ANSWER = 50_000_000;

/** One for each server: its connections are kept. */
const exchanges = new Map<string, HttpExchange>();

function exchangeWith(origin: string): HttpExchange {
  const known = exchanges.get(origin);
  if (known !== undefined) return known;
  const exchange = new HttpExchange(origin, TIMEOUT_MS, LARGEST_ANSWER);
  exchanges.set(origin, exchange);
  return exchange;
}

/** How long a request is tried again, ms: a process that was killed is back long before. */
const TRY_FOR_MS = 120_000;

/**
 * Sends a request; tries it again, unchanged, while that may help.
 *
 * @throws ApiError; CommandError when the token that it has is not taken
 */
export async function call<S extends z.ZodType>(request: Request<S>): Promise<Answer<z.infer<S>>> {
  return pRetry((attempt) => once(request, attempt === 1), {
    retries: Infinity,
    minTimeout: 50,
    maxTimeout: 2_000,
    randomize: true,
    maxRetryTime: TRY_FOR_MS,
    shouldRetry: ({ error }) =>
      error instanceof ApiError && error.worthRetry && (error.status !== 404 || request.waitForUnknown !== false),
    async onFailedAttempt({ error, retryDelay }) {
      if (!(error instanceof ApiError) || error.retryAfterMs === undefined || !error.worthRetry) return;
      if (error.status === 404 && request.waitForUnknown === false) return;
      await sleep(Math.max(0, error.retryAfterMs - retryDelay), undefined, { ...abortedBy(request.signal) });
    },
    ...abortedBy(request.signal),
  });
}

function abortedBy(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function once<S extends z.ZodType>(request: Request<S>, first: boolean): Promise<Answer<z.infer<S>>> {
  const { method, url, token, idempotencyKey, body, answer } = request;
  const { origin, pathname, search } = new URL(url);
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  let response: HttpAnswer;
  try {
    const json = body === undefined ? undefined : JSON.stringify(body);
    response = await exchangeWith(origin).send(method, pathname + search, headers, json, request.signal);
  } catch (error) {
    request.signal?.throwIfAborted();
    if (!(error instanceof NoAnswerError)) throw error;
    throw new ApiError(`${method} ${url}: no answer (${error.code})`, undefined, undefined, undefined, {
      cause: error,
    });
  }
  if (response.status < 200 || response.status >= 300) throw refusal(request, response);
  return {
    status: response.status,
    body: answer.parse(JSON.parse(response.text)),
    replayed: first && response.headers['idempotent-replayed'] === 'true',
  };
}

function refusal(
  request: { method: string; url: string; token?: string },
  { status, headers, text }: HttpAnswer,
): ApiError | CommandError {
  const problem = problemSchema.safeParse(parsed(text));
  const retryAfter = Number(headers['retry-after'] ?? NaN);
  const what = problem.success ? (problem.data.detail ?? problem.data.title) : text.slice(0, 200);
  const told = `${request.method} ${request.url}: ${status} ${what}`;
  if (status === 401 && request.token !== undefined) {
    return new CommandError(`${told.replace(/\.$/u, '')}. ${otherInstallation(request.url)}`);
  }
  return new ApiError(
    told,
    status,
    problem.success ? problem.data.type.replace(/^.*\/problems\//u, '') : undefined,
    Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // an answer that is no JSON is no problem document either
    return undefined;
  }
}
