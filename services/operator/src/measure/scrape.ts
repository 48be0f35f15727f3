import { Agent, get } from 'node:http';
import { parseExposition, type Series } from './exposition.js';

/** Where a pod shows its metrics. */
export interface ScrapeTarget {
  readonly host: string;
  readonly port: number;
}

/** Reads the metrics of those names. @throws Error when the pod does not show them */
export type Scrape = (target: ScrapeTarget, names: ReadonlySet<string>) => Promise<readonly Series[]>;

const TIMEOUT_MS = 3_000;
const AT_ONCE = 16;
const LONGEST_ANSWER = 8 * 1024 * 1024;

/**
 * Reads admin ports of pods: so many at once at the most, each within its time, no answer beyond a length. A broken pod
 * costs those that are well nothing.
 */
export function scraper(timeoutMs = TIMEOUT_MS, atOnce = AT_ONCE): Scrape {
  const agent = new Agent({ keepAlive: false });
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (target, names) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return parseExposition(await read(target, agent, timeoutMs), names);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

async function read({ host, port }: ScrapeTarget, agent: Agent, timeoutMs: number): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(signal.aborted ? new Error(`no answer of ${host}:${port} in ${timeoutMs} ms`) : error);
    const asked = get({ host, port, path: '/metrics', agent, signal }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        body += part;
        if (body.length > LONGEST_ANSWER) asked.destroy(new Error(`${host}:${port} answers without end`));
      });
      answer.on('error', fail);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(body);
        else reject(new Error(`${host}:${port} answers ${answer.statusCode} to GET /metrics`));
      });
    });
    asked.on('error', fail);
  });
}
