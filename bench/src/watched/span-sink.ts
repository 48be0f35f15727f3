import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An OTLP endpoint that takes everything and looks at nothing: a collector would cost what it does with spans. */
export class SpanSink implements AsyncDisposable {
  bytes = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<SpanSink> {
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (sink.bytes += chunk.length));
      request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
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
