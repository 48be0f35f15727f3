import { Stripe } from 'stripe';
import { HttpExchange, NoAnswerError, type HttpAnswer } from '@outrider/common';

/**
 * The HTTP client that Stripe's package uses here. The package's own client counts its time-out from the last byte
 * received, so a slow answer can take any time, and it repeats a request when a connection breaks, whatever the number
 * of retries is set to. With this one the time-out is for the whole request, and retries are left to the attempts.
 */
export class StripeHttpClient extends Stripe.HttpClient {
  constructor(private readonly exchange: HttpExchange) {
    super();
  }

  override getClientName(): string {
    return 'outrider';
  }

  /** Host, port and protocol are those of the exchange. */
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
      // only as the cause: with the error's own code the package would retry
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
