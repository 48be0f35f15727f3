/** The environment of a command with servers of the run's own, in containers where the suite has its servers there. */
export const OWN_SERVERS = {
  INFRA: process.env['INFRA'] === 'docker' ? 'docker' : 'embedded',
  POSTGRES_URL: undefined,
  KAFKA_BROKERS: undefined,
  REDIS_URL: undefined,
};
