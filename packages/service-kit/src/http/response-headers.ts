import type { ProblemKind } from '@outrider/contracts';
import { z } from 'zod';

/** A header of an answer, for the document. `optional` where it is not always there. */
export function responseHeader(description: string, example: string): z.ZodString {
  return z.string().meta({ description, header: { example } });
}

/** @param what the thing that was sent before: the key, the reference */
export function replayed(what: string): z.ZodType {
  const description = `true when the ${what} was sent before: this is the answer of that time`;
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

/** On every answer but those that are sent before a request is counted. */
const counted = (description: string, example: string): z.ZodType =>
  wholeNumber(description, example).optional().meta({ description, header: { example } });

const seconds = (until: string): z.ZodString => wholeNumber(`Seconds after which ${until}`, '1');

/** How many requests a caller may still make, on every answer that was counted; the limit is 1,200 by default. */
export const RATE_HEADERS = {
  'X-RateLimit-Limit': counted('Requests that a caller may make in a minute', '1200'),
  'X-RateLimit-Remaining': counted('How many of them are left', '1174'),
  'X-RateLimit-Reset': counted('Seconds until all of them are available again', '41'),
} as const;

/** Headers that every problem of a kind comes with. */
export const PROBLEM_HEADERS: Partial<Record<ProblemKind, Readonly<Record<string, z.ZodType>>>> = {
  unauthenticated: { 'WWW-Authenticate': responseHeader('How to authenticate', 'Bearer') },
  'product-unknown': { 'Retry-After': seconds('the product may be known') },
  'idempotency-key-in-flight': { 'Retry-After': seconds('the first request may have ended') },
  'too-many-requests': { 'Retry-After': seconds('requests are accepted again') },
  unavailable: { 'Retry-After': seconds('it may be available again') },
};
