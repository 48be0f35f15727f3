import { Redis } from 'ioredis';

/**
 * An ioredis that can be disconnected at any time. It listens for the first error of a connection alone; one that is ended
 * while TLS is being agreed on may have two, as the server's certificate is refused and the server answers the end with an
 * alert, and an error that nobody listens for ends the process.
 */
export class RedisClient extends Redis {
  override disconnect(reconnect?: boolean): void {
    // there is none before the first connection is begun
    (this.stream as typeof this.stream | undefined)?.on('error', () => undefined);
    super.disconnect(reconnect);
  }
}
