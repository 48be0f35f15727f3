import { HttpExchange } from '@outrider/common';

/** What a server answered; `body` is undefined when it is not JSON. */
export interface JsonResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Sends and receives JSON over connections that are kept. */
export class JsonClient {
  readonly #exchange: HttpExchange;

  /**
   * @param baseUrl http or https, without a slash at the end
   * @param timeoutMs for the whole request, from here to the end of the answer
   */
  constructor(baseUrl: string, timeoutMs: number) {
    this.#exchange = new HttpExchange(baseUrl, timeoutMs);
  }

  /** @throws NoAnswerError */
  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: object | undefined,
  ): Promise<JsonResponse> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.#exchange.send(
      method,
      path,
      {
        ...headers,
        accept: 'application/json',
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
      text,
    );
    return { status: answer.status, body: parse(answer.text) };
  }

  /** Closes the kept connections. */
  close(): void {
    this.#exchange.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
