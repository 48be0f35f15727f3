import type { DynamicModule } from '@nestjs/common';
import { repeat, type Background } from '@outrider/service-kit/background';
import { Transactor } from '@outrider/service-kit/database';
import type { ServiceContext, ServiceDefinition } from '@outrider/service-kit/runtime';
import { AttemptRunner } from './commands/attempt-runner.js';
import { CheckLedger } from './commands/check-ledger.js';
import { paymentConfigWith, type PaymentConfig } from './config.js';
import { paymentCommands } from './events/payment-commands.js';
import { PaymentsController } from './http/payments.controller.js';
import { WebhooksController } from './http/webhooks.controller.js';
import { inDoubtMetrics, ledgerMetrics, paymentMetrics } from './metrics.js';
import { paymentMigrations } from './persistence/migrations/index.js';
import { noteUnlisted } from './persistence/statements/ledger-check.js';
import { deleteOldProviderEvents } from './persistence/statements/provider-events.js';
import { defaultPolicies, type PaymentPolicies } from './policies/payment-policies.js';
import {
  listsPayments,
  PAYMENT_PROVIDER,
  type ListingProvider,
  type PaymentProvider,
} from './providers/payment-provider.js';

const controllers = [PaymentsController, WebhooksController];

class PaymentModule {}

const DELETE_OLD_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The lease of a ledger check is renewed between requests, so a few requests must fit into it. */
const REQUESTS_IN_A_LEASE = 6;

function createProvider({ providers }: PaymentPolicies, config: PaymentConfig): PaymentProvider {
  const selected = providers.find(({ name }) => name === config.PAYMENT_PROVIDER);
  if (selected === undefined) throw new Error(`there is no payment provider ${config.PAYMENT_PROVIDER}`);
  return selected.create(config, {
    timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS,
    actionMs: config.PAYMENT_ACTION_MS,
    toleranceMs: config.PAYMENT_WEBHOOK_TOLERANCE_MS,
  });
}

function createLedgerCheck(
  provider: ListingProvider,
  runner: AttemptRunner,
  context: ServiceContext<PaymentConfig>,
): CheckLedger {
  const { config, transactor, metrics, log } = context;
  return new CheckLedger(
    provider,
    () => transactor.read(),
    (orderId, record) => runner.applyLedgerRecord(orderId, record),
    {
      everyMs: config.PAYMENT_LEDGER_EVERY_MS,
      graceMs: config.PAYMENT_LEDGER_GRACE_MS,
      recentMs: config.PAYMENT_LEDGER_RECENT_MS,
      sweepMs: config.PAYMENT_LEDGER_SWEEP_DAYS * DAY_MS,
      sweepPages: config.PAYMENT_LEDGER_SWEEP_PAGES,
      perSecond: config.PAYMENT_LEDGER_PER_SECOND,
      leaseMs: config.PAYMENT_PROVIDER_TIMEOUT_MS * REQUESTS_IN_A_LEASE,
    },
    ledgerMetrics(metrics),
    log,
  );
}

/** Holds the provider’s ledger against the payments; where it lists none, says so to the reconciler. */
function ledgerChecks(
  ledger: CheckLedger | null,
  { config, log, transactor }: ServiceContext<PaymentConfig>,
): readonly Background[] {
  if (ledger === null) {
    const { PAYMENT_PROVIDER: provider, PAYMENT_LEDGER_EVERY_MS: everyMs } = config;
    log.warn({ provider }, 'the provider does not list its payments: its ledger is not held against ours');
    const note = (): Promise<void> => noteUnlisted(transactor.read(), provider, everyMs);
    return [repeat('note that the provider lists no payments', everyMs, log, note)];
  }
  const checks = repeat('check the provider’s ledger', config.PAYMENT_SCAN_MS, log, () => ledger.execute());
  const close = (): Promise<void> => {
    ledger.stop();
    return checks.close();
  };
  return [{ name: checks.name, close }];
}

/** Everything that is bound in payment. */
function paymentModule(policies: PaymentPolicies, context: ServiceContext<PaymentConfig>): DynamicModule {
  const { config, transactor, metrics, readings, log } = context;
  inDoubtMetrics(metrics, readings, () => transactor.read());
  return {
    module: PaymentModule,
    controllers,
    providers: [
      { provide: Transactor, useValue: transactor },
      { provide: PAYMENT_PROVIDER, useFactory: () => createProvider(policies, config) },
      {
        provide: AttemptRunner,
        inject: [PAYMENT_PROVIDER],
        useFactory: (provider: PaymentProvider) =>
          new AttemptRunner({
            provider,
            transactor,
            retry: policies.retry(config),
            concurrency: config.PAYMENT_CONCURRENCY,
            timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS,
            observer: paymentMetrics(metrics),
            log,
          }),
      },
      {
        provide: CheckLedger,
        inject: [PAYMENT_PROVIDER, AttemptRunner],
        useFactory: (provider: PaymentProvider, runner: AttemptRunner) =>
          listsPayments(provider) ? createLedgerCheck(provider, runner, context) : null,
      },
    ],
  };
}

/**
 * The payment service with a shop's own policies; those left out are the defaults. It has a provider authorise, capture,
 * void and refund what order asks for, and answers every command.
 */
export function paymentServiceWith(policies: Partial<PaymentPolicies>): ServiceDefinition<PaymentConfig> {
  const decided = { ...defaultPolicies, ...policies };
  return {
    name: 'payment',
    title: 'Outrider payment',
    config: paymentConfigWith(decided.providers),
    entities: [],
    migrations: paymentMigrations,
    controllers,
    module: (context) => paymentModule(decided, context),
    subscriptions: (app) => [paymentCommands(app.get(AttemptRunner), app.get<PaymentProvider>(PAYMENT_PROVIDER).name)],
    background: (app, context) => {
      const { config, log, transactor } = context;
      const runner = app.get(AttemptRunner);
      return [
        repeat('claim due payment attempts', config.PAYMENT_SCAN_MS, log, () => runner.claimDue()),
        repeat('delete old provider events', DELETE_OLD_EVERY_MS, log, async () => {
          const deleted = await transactor.run((tx) => deleteOldProviderEvents(tx.sql));
          return deleted === 1_000;
        }),
        ...ledgerChecks(app.get<CheckLedger | null>(CheckLedger), context),
      ];
    },
    stages: (app) => [
      { name: 'payment provider', stop: () => app.get<PaymentProvider>(PAYMENT_PROVIDER).close() },
      { name: 'payment attempts', stop: () => app.get(AttemptRunner).close() },
    ],
  };
}

/** The payment service with its default policies. */
export const paymentService = paymentServiceWith({});
