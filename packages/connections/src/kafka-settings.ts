import type { Credential } from './credential.js';
import { hasTlsFiles, secretOf, settingsGroup, tlsOf, type Given, type Refuse } from './settings-group.js';
import type { TlsMaterial } from './tls-files.js';

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** A Kafka cluster, whichever client connects to it. Credentials are asked for at each new connection. */
export interface KafkaServer {
  /** `host:port` of some brokers */
  readonly brokers: readonly string[];
  /** undefined: plain text. The brokers' certificates are verified in full, their names as well. */
  readonly tls: Credential<TlsMaterial> | undefined;
  readonly sasl:
    | {
        readonly mechanism: SaslMechanism;
        readonly username: Credential<string>;
        readonly password: Credential<string>;
      }
    | undefined;
}

/**
 * A Kafka cluster, as a key of a process's settings: with `KAFKA: kafkaSettings` it is given as `KAFKA_BROKERS`,
 * `KAFKA_TLS`, `KAFKA_CA_FILE`, `KAFKA_CERT_FILE`, `KAFKA_KEY_FILE`, `KAFKA_SASL_MECHANISM`, `KAFKA_USERNAME` and
 * `KAFKA_PASSWORD` (the last two also as `_FILE`).
 */
export const kafkaSettings = settingsGroup(readKafka);

const BROKER = /^[^\s:,]+:\d{1,5}$/u;

/** @returns undefined when something was refused */
export function readKafka(given: Given, refuse: Refuse): KafkaServer | undefined {
  let refused = false;
  const no: Refuse = (setting, message) => {
    refused = true;
    refuse(setting, message);
  };
  const brokers = brokersOf(given['BROKERS'], no);
  const encrypted = flagOf(given, 'TLS', no);
  if (!encrypted && hasTlsFiles(given)) no('TLS', 'must be true where a file for TLS is given');
  const tls = encrypted ? tlsOf(given, no) : undefined;
  const sasl = saslOf(given, encrypted, no);
  return refused ? undefined : { brokers, tls, sasl };
}

function brokersOf(text: string | undefined, refuse: Refuse): string[] {
  if (text === undefined) {
    refuse('BROKERS', 'is missing');
    return [];
  }
  const brokers = text.split(',').map((broker) => broker.trim());
  if (!brokers.every((broker) => BROKER.test(broker))) refuse('BROKERS', 'must be host:port[,host:port…]');
  return brokers;
}

function flagOf(given: Given, name: string, refuse: Refuse): boolean {
  const text = given[name];
  if (text === undefined || text === 'false') return false;
  if (text !== 'true') refuse(name, 'must be true or false');
  return text === 'true';
}

function saslOf(given: Given, encrypted: boolean, refuse: Refuse): KafkaServer['sasl'] {
  const mechanism = SASL_MECHANISMS.find((known) => known === given['SASL_MECHANISM']?.toLowerCase());
  const [username, password] = [secretOf(given, 'USERNAME', refuse), secretOf(given, 'PASSWORD', refuse)];
  if (mechanism === undefined) {
    if (given['SASL_MECHANISM'] !== undefined) refuse('SASL_MECHANISM', `must be ${SASL_MECHANISMS.join(', ')}`);
    else if (username !== undefined || password !== undefined) {
      refuse('SASL_MECHANISM', 'is missing: a user name or password is given');
    }
    return undefined;
  }
  if (username === undefined && !given['USERNAME_FILE']) refuse('USERNAME', `is missing: ${mechanism} needs it`);
  if (password === undefined && !given['PASSWORD_FILE']) refuse('PASSWORD', `is missing: ${mechanism} needs it`);
  if (mechanism === 'plain' && !encrypted && !flagOf(given, 'SASL_PLAIN_WITHOUT_TLS', refuse)) {
    refuse(
      'SASL_MECHANISM',
      'is plain without TLS, which sends the password as it is: set KAFKA_TLS=true, or KAFKA_SASL_PLAIN_WITHOUT_TLS=true where the network is trusted',
    );
  }
  return username === undefined || password === undefined ? undefined : { mechanism, username, password };
}

/** A cluster that speaks plain text and asks for no login. */
export function plainKafka(brokers: readonly string[]): KafkaServer {
  return { brokers, tls: undefined, sasl: undefined };
}
