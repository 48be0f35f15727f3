import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, KafkaConfig } from 'kafkajs';
import type { KafkaServer } from './kafka-settings.js';

const KEEP_ALIVE_MS = 60_000;

/**
 * The part of kafkajs' settings that says where it connects to and who asks. kafkajs reads certificates and passwords
 * once; a socket factory and a login with getters give it those of the moment at each connection.
 */
export function kafkajsOptions(
  server: KafkaServer,
): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> & { readonly socketFactory: ISocketFactory } {
  const { sasl } = server;
  return {
    brokers: [...server.brokers],
    ssl: server.tls !== undefined,
    socketFactory: socketFactory(server),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: sasl.mechanism,
            get username() {
              return sasl.username.current();
            },
            get password() {
              return sasl.password.current();
            },
          } as NonNullable<KafkaConfig['sasl']>,
        }),
  };
}

function socketFactory({ tls }: KafkaServer): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const socket =
      tls === undefined
        ? connectPlain({ host, port }, onConnect)
        : connectTls(
            {
              ...tls.current(),
              host,
              port,
              minVersion: 'TLSv1.2',
              rejectUnauthorized: true,
              ...(isIP(host) === 0 ? { servername: host } : {}),
            },
            onConnect,
          );
    // Else the last piece of a request waits for an acknowledgement: 900 kB to a server on the same machine took
    // 0.85 ms instead of 0.32, and with TLS, which makes 55 pieces of it, 2.7 ms instead of 0.9 (medians of 200).
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };
}
