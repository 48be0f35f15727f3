import type { ConnectionOptions } from 'node:tls';
import type { KafkaServer } from './kafka-settings.js';
import { renewPlatformaticConnections, type AgeContext } from './renew-platformatic.js';

/** The part of @platformatic/kafka's options that says where it connects to and who asks. */
export interface PlatformaticConnection {
  readonly bootstrapBrokers: string[];
  readonly tls?: ConnectionOptions;
  /** the name that the broker's certificate is checked for: its host's */
  readonly tlsServerName?: boolean;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: () => string;
    readonly password: () => string;
  };
  readonly context?: AgeContext;
}

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

/**
 * The client copies its TLS options at each connection, so getters give it the files of the moment; it asks for a login
 * each time.
 * @param connectionMaxAgeMs after this time a connection ends, once another is there; without it, when the broker ends it
 */
export function platformaticOptions(
  { brokers, tls, sasl }: KafkaServer,
  connectionMaxAgeMs?: number,
): PlatformaticConnection {
  if (connectionMaxAgeMs !== undefined) renewPlatformaticConnections();
  return {
    ...(connectionMaxAgeMs === undefined ? {} : { context: { connectionMaxAgeMs } }),
    bootstrapBrokers: [...brokers],
    ...(tls === undefined
      ? {}
      : {
          tlsServerName: true,
          tls: {
            minVersion: 'TLSv1.2',
            rejectUnauthorized: true,
            get ca() {
              return tls.current().ca;
            },
            get cert() {
              return tls.current().cert;
            },
            get key() {
              return tls.current().key;
            },
          } satisfies ConnectionOptions,
        }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: MECHANISMS[sasl.mechanism],
            username: () => sasl.username.current(),
            password: () => sasl.password.current(),
          },
        }),
  };
}
