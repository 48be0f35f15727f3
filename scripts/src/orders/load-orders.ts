import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../cli/errors.js';
import { readOrders, type ReadOrders } from './read-orders.js';

/** An orders file that was read. */
export interface OrdersFile extends ReadOrders {
  readonly path: string;
  /** the same for the same content; what is done for a file under this name is done once */
  readonly fingerprint: string;
}

/** @throws UsageError when the file cannot be read, or holds no order that can be placed */
export async function loadOrders(path: string): Promise<OrdersFile> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The orders file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  }
  const fingerprint = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const read = readOrders(content);
  if (read.orders.length === 0) {
    const [first] = read.problems;
    const why = first === undefined ? '' : ` that can be placed; line ${first.line}: ${first.reason}`;
    throw new UsageError(`The orders file ${path} holds no order${why}.`);
  }
  return { path, fingerprint, ...read };
}
