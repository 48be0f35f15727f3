import { problemSchema } from '@outrider/contracts';
import type { z } from 'zod';
import { otherInstallation } from '../api/api-error.js';
import { CommandError } from '../cli/errors.js';

/** Replays of a key with very many messages take their time. */
const TIMEOUT_MS = 290_000;

/** A refusal that may be expected. */
export class RefusedError extends CommandError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** One service, by its API: that of one of its processes, whichever is there. */
export class AdminClient {
  constructor(
    /** what it is called in what is shown */
    readonly name: string,
    private readonly urls: () => Promise<readonly string[]>,
    private readonly token: string,
    /** whether that is the token that up.json has, which the installation made */
    private readonly isOwnToken = false,
  ) {}

  get<S extends z.ZodType>(path: string, answer: S): Promise<z.infer<S>> {
    return this.#send('GET', path, answer, undefined);
  }

  post<S extends z.ZodType>(path: string, answer: S, body?: object): Promise<z.infer<S>> {
    return this.#send('POST', path, answer, body);
  }

  /** The same, but undefined where there is no such thing. */
  async find<S extends z.ZodType>(path: string, answer: S): Promise<z.infer<S> | undefined> {
    try {
      return await this.get(path, answer);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #send<S extends z.ZodType>(
    method: string,
    path: string,
    answer: S,
    body: object | undefined,
  ): Promise<z.infer<S>> {
    const response = await this.#reach(method, path, body);
    const json = parsed(await response.text());
    if (!response.ok) throw this.#refusal(response, json);
    const read = answer.safeParse(json);
    if (!read.success) throw new CommandError(`${this.name}: ${response.url} answered what is not understood here.`);
    return read.data;
  }

  /** A process that is not there has done nothing, so the next may be asked, whatever is asked for. */
  async #reach(method: string, path: string, body: object | undefined): Promise<Response> {
    let reason = 'no process';
    for (const url of await this.urls()) {
      try {
        return await fetch(url + path, {
          method,
          headers: {
            authorization: `Bearer ${this.token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch (error) {
        const { code, text } = whyOf(error);
        reason = `${url} (${text})`;
        if (code !== 'ECONNREFUSED') break;
      }
    }
    throw new CommandError(`${this.name}: no answer from ${reason}.`);
  }

  #refusal({ status, url }: Response, json: unknown): RefusedError {
    const problem = problemSchema.safeParse(json);
    const why = problem.success ? (problem.data.detail ?? problem.data.title) : 'it says no more';
    const refused = `${this.name}: refused, ${status}: ${why}`;
    return new RefusedError(
      status === 401 && this.isOwnToken ? `${refused} ${otherInstallation(url)}` : refused,
      status,
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // an answer that is not JSON is none that is understood
    return undefined;
  }
}

/** What undici hides behind "fetch failed". */
function whyOf(error: unknown): { code: string | undefined; text: string } {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return { code: cause?.code, text: cause?.code ?? cause?.message ?? message ?? String(error) };
}
