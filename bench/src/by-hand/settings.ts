export const PARTS = ['order', 'inventory', 'payment', 'product'] as const;

/** Of one process of the program that is written by hand; each has all of them. */
export interface Settings {
  readonly part: (typeof PARTS)[number] | 'relay';
  readonly port: number;
  readonly databaseUrl: string;
  /** of all four, for a relay */
  readonly databaseUrls: readonly string[];
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly redisUrl: string;
  readonly jwksFile: string;
  readonly issuer: string;
  readonly audience: string;
  readonly providerUrl: string;
  readonly webhookSecret: string;
  readonly leaseMs: number;
}
