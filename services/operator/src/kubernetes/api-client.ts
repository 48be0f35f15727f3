import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { ApiError, apiErrorOf, NoAnswerError } from './api-error.js';
import type { ClusterAccess } from './cluster-access.js';

/** How a body is to be understood; an apply is `application/apply-patch+yaml`, of which JSON is a part. */
export type ContentType =
  | 'application/json'
  | 'application/apply-patch+yaml'
  | 'application/merge-patch+json'
  | 'application/json-patch+json';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** as `pathOf` makes it */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: ContentType;
  /** until the whole answer, or for a stream until its first byte; ms */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Notified of each call and of what became of it: a status, or `none` for no answer. */
export type CallObserver = (call: Call, status: number | 'none') => void;

const TIMEOUT_MS = 10_000;
/** An answer that is longer is not read: lists come in pages. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/**
 * Requests to the API server, over connections that are kept. Nothing is tried again here: those who ask know whether a
 * second time does harm.
 */
export class ApiClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(
    private readonly access: ClusterAccess,
    private readonly observe: CallObserver = () => undefined,
  ) {}

  /** The namespace of the process, or of the kubeconfig's context. */
  get namespace(): string {
    return this.access.namespace;
  }

  /**
   * @returns the answer's JSON
   * @throws ApiError when the API server says no
   * @throws NoAnswerError when it says nothing; whether it was done is not known then
   */
  async request<T>(call: Call): Promise<T> {
    const text = await this.#answered(call, async (answer) => {
      let body = '';
      for await (const part of answer.setEncoding('utf8')) {
        body += String(part);
        if (body.length > LONGEST_ANSWER) throw new Error('the answer is too long');
      }
      return body;
    });
    // the API server answers in JSON what it was asked for in JSON
    return JSON.parse(text) as T;
  }

  /**
   * The lines of an answer, as they come. Leaving the loop, or the signal, ends the request.
   * @throws as `request` does, also while lines are read
   */
  async *lines(call: Call): AsyncGenerator<string> {
    const answer = await this.#answered(call, async (answer) => answer);
    try {
      let rest = '';
      for await (const part of answer.setEncoding('utf8')) {
        const lines = (rest + String(part)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield line;
      }
    } catch (error) {
      throw noAnswer(call, error);
    } finally {
      answer.destroy();
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #answered<T>(call: Call, read: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const timeoutMs = call.timeoutMs ?? TIMEOUT_MS;
    const timer = setTimeout(() => deadline.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    let status: number | 'none' = 'none';
    try {
      const answer = await this.#send(call, deadline.signal);
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) {
        const result = await read(answer);
        status = statusCode;
        return result;
      }
      const body = await textOf(answer);
      status = statusCode;
      throw apiErrorOf(statusCode, body, answer.headers['retry-after']);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw noAnswer(call, deadline.signal.aborted ? deadline.signal.reason : error);
    } finally {
      clearTimeout(timer);
      this.observe(call, status);
    }
  }

  async #send(call: Call, deadline: AbortSignal): Promise<IncomingMessage> {
    const { server } = this.access;
    const credentials = await this.access.credentials();
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const path = `${server.pathname.replace(/\/$/u, '')}${call.path}${queryOf(call.query)}`;
    const signals = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          agent: this.#agent,
          ...credentials,
          host: server.hostname.replace(/^\[|\]$/gu, ''),
          port: server.port === '' ? 443 : server.port,
          method: call.method,
          path,
          signal: signals,
          headers: {
            ...(credentials.headers as OutgoingHttpHeaders | undefined),
            accept: 'application/json',
            'user-agent': 'outrider-operator',
            ...(body === undefined
              ? {}
              : { 'content-type': call.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        },
        resolve,
      );
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of answer.setEncoding('utf8')) if (body.length < LONGEST_ANSWER) body += String(part);
  return body;
}

function queryOf(query: Call['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function noAnswer({ method, path }: Call, cause: unknown): NoAnswerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NoAnswerError(`${method} ${path}: ${reason}`, { cause });
}
