import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { commaSeparated } from '../config/index.js';

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/u.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Comma separated origins whose pages may call from a browser; none by default. No wildcards. */
export const corsOrigins = commaSeparated.pipe(
  z.array(z.string().refine(isOrigin, 'must be origins: https://shop.example,https://admin.shop.example')),
);

/**
 * Lets pages of these origins call and read every answer, errors too. Tokens are sent in a header, so cookies are not
 * needed; API keys are for services and do not belong in a browser.
 */
export function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match'],
    exposedHeaders: [
      'etag',
      'idempotent-replayed',
      'location',
      'retry-after',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ],
    credentials: false,
    maxAge: 600,
    strictPreflight: false,
  });
}
