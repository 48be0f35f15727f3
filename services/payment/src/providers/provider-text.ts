import { z } from 'zod';

/** A name that a provider gives to something: visible characters, as it goes into paths, databases and events. */
export const providerName = z.string().regex(/^[\x21-\x7e]{1,200}$/u);

/** A secret for a provider's own form. */
export const providerSecret = z.string().regex(/^[\x21-\x7e]{1,500}$/u);

const webAddress = z
  .url({ protocol: /^https?$/u })
  .max(2_000)
  .regex(/^[^\s\p{Cc}\p{Cs}]+$/u);

/** @returns the address when a customer can be sent there: http or https; undefined for any other */
export function webAddressOf(given: unknown): string | undefined {
  return webAddress.safeParse(given).data;
}
