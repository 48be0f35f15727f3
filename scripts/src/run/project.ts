import { fileURLToPath } from 'node:url';

/** The checkout's root; this file stands three folders below it, as source and built. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Real purchases that come with the project. */
export const EXAMPLE_ORDERS = fileURLToPath(new URL('../../../examples/orders.jsonl', import.meta.url));
