import type { ProblemKind } from '@outrider/contracts';
import { z } from 'zod';

/** A header that an answer carries, for the document. `optional` where it is not always there. */
export function responseHeader(description: string, example: string): z.ZodString {
  return z.string().meta({ description, header: { example } });
}

/** @param what came before: the key, the reference */
export function replayed(what: string): z.ZodType {
  const description = `true when the ${what} came before: the answer is the one of that time`;
  return z
    .literal('true')
    .optional()
    .meta({ description, header: { example: 'true' } });
}

const wholeNumber = (description: string, example: string): z.ZodString =>
  z
    .string()
    .regex(/^\d{1,10}$/u)
    .meta({ description, header: { example } });

/** On every answer but those that are given before a request is counted. */
const counted = (description: string, example: string): z.ZodType =>
  wholeNumber(description, example).optional().meta({ description, header: { example } });

const seconds = (until: string): z.ZodString => wholeNumber(`Seconds after which ${until}`, '1');

/** How much a caller may still ask for, on every answer that was counted; the first one is 1,200 unless it was set. */
export const RATE_HEADERS = {
  'X-RateLimit-Limit': counted('Requests that a caller may make in a minute', '1200'),
  'X-RateLimit-Remaining': counted('How many of them are left', '1174'),
  'X-RateLimit-Reset': counted('Seconds until all of them are there again', '41'),
} as const;

/** Headers that every problem of a kind comes with. */
export const PROBLEM_HEADERS: Partial<Record<ProblemKind, Readonly<Record<string, z.ZodType>>>> = {
  unauthenticated: { 'WWW-Authenticate': responseHeader('How to say who you are', 'Bearer') },
  'product-unknown': { 'Retry-After': seconds('the product may have come') },
  'idempotency-key-in-flight': { 'Retry-After': seconds('the first request may have ended') },
  'too-many-requests': { 'Retry-After': seconds('there is room again') },
  unavailable: { 'Retry-After': seconds('it may be there again') },
};
