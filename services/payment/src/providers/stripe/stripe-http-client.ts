import { Stripe } from 'stripe';
import { HttpExchange, NoAnswerError, type HttpAnswer } from '../http-exchange.js';

/**
 * Stripe's package on our own connections. Its own client counts a time-out from the last byte that came, so an answer
 * that drips in takes as long as it likes, and it sends a request once more when a connection breaks, whatever the
 * number of retries is set to. Here a request ends in time, as a whole, and trying again is left to the attempts.
 */
export class StripeHttpClient extends Stripe.HttpClient {
  constructor(private readonly exchange: HttpExchange) {
    super();
  }

  override getClientName(): string {
    return 'outrider';
  }

  /** The host, port and protocol are those that the exchange was made for. */
  override async makeRequest(
    _host: string,
    _port: string,
    path: string,
    method: string,
    headers: Readonly<Record<string, string | number | string[]>>,
    requestData: string,
  ): Promise<Stripe.HttpClientResponse> {
    try {
      return new Answer(await this.exchange.send(method, path, headers, requestData === '' ? undefined : requestData));
    } catch (error) {
      // its code would make the package try again: it is the cause, and no more
      if (error instanceof NoAnswerError) throw new Error(error.message, { cause: error });
      throw error;
    }
  }
}

class Answer extends Stripe.HttpClientResponse {
  constructor(private readonly answer: HttpAnswer) {
    super(answer.status, Object.fromEntries(Object.entries(answer.headers).map(([k, v]) => [k, v ?? ''])));
  }

  override getRawResponse(): unknown {
    return {};
  }

  override async toJSON(): Promise<unknown> {
    const body: unknown = JSON.parse(this.answer.text);
    // the package looks for a member `error` in it
    if (typeof body !== 'object' || body === null) throw new SyntaxError('the answer is no object');
    return body;
  }
}
