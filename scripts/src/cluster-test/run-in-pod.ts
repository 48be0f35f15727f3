import { readFile } from 'node:fs/promises';
import type { Cluster } from './cluster.js';
import { RELEASE } from './release.js';

/**
 * Runs a compiled program in a pod of order, which has clients of all servers.
 * @param request what the program gets on standard input, as JSON
 * @returns its output
 */
export async function runInPod(cluster: Cluster, program: URL, request: object): Promise<string> {
  const text = await readFile(program, 'utf8');
  const node = ['/nodejs/bin/node', '--input-type=module', '--eval', text];
  return cluster.k(['exec', '-i', `service/${RELEASE}-order`, '--', ...node], JSON.stringify(request));
}
