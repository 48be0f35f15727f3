import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './variants.js';

/** An OTLP endpoint that looks at nothing: a collector would cost what it does with spans. It can be one that is in trouble. */
export class SpanSink implements AsyncDisposable {
  /** from the next request on */
  answer: Answer = 'takes';

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<SpanSink> {
    const server = createServer((request, response) => {
      if (sink.answer === 'breaks off') return void request.destroy();
      request.resume();
      if (sink.answer === 'hangs') return;
      request.on('end', () => {
        response.writeHead(sink.answer === 'refuses' ? 401 : 200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sink = new SpanSink(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return sink;
  }

  /** What a process is given so that it sends this share of its traces here. */
  settings(sampled: number): Record<string, string> {
    return sampled === 0 ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: this.url, OTEL_TRACES_SAMPLER_ARG: String(sampled) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
