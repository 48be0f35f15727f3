import { setImmediate as turn } from 'node:timers/promises';

/**
 * Loads modules one after the other, with a turn of the event loop after each. Node loads a whole graph of modules
 * without one: a second or more of a service's start in which no signal is handled.
 */
export async function loadInTurns(modules: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const load of modules) {
    await load();
    await turn();
  }
}

/** The large libraries of a service, 0.1 to 0.3 s each. */
export const SERVICE_LIBRARIES: readonly (() => Promise<unknown>)[] = [
  () => import('zod'),
  () => import('prom-client'),
  () => import('jose'),
  () => import('kafkajs'),
  () => import('@mikro-orm/core'),
  () => import('@mikro-orm/postgresql'),
  () => import('@nestjs/common'),
  () => import('@nestjs/core'),
  () => import('fastify'),
  () => import('@scalar/fastify-api-reference'),
];
