import { repeat } from '@outrider/service-kit/background';
import { Transactor } from '@outrider/service-kit/database';
import type { ServiceContext, ServiceDefinition } from '@outrider/service-kit/runtime';
import { AttemptRunner } from './commands/attempt-runner.js';
import { paymentConfig, type PaymentConfig } from './config.js';
import { paymentRequests } from './events/payment-commands.js';
import { PaymentsController } from './http/payments.controller.js';
import { WebhooksController } from './http/webhooks.controller.js';
import { ledgerMetrics, paymentMetrics } from './metrics.js';
import { forgetProviderEvents } from './persistence/statements/store-provider-events.js';
import { paymentMigrations } from './persistence/migrations/index.js';
import { PaymentEntity } from './persistence/entities/payment.entity.js';
import { PAYMENT_PROVIDER, type PaymentProvider } from './providers/payment-provider.js';
import { SimulatorProvider } from './providers/simulator-provider.js';
import { StripeProvider } from './providers/stripe/stripe-provider.js';
import { LedgerCheck } from './commands/check-ledger.js';

class PaymentModule {}

const FORGET_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Whoever checks the ledger keeps its lease between requests, so a few of them must have room in it. */
const REQUESTS_IN_A_LEASE = 6;

function chooseProvider(config: PaymentConfig): PaymentProvider {
  const common = {
    timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS,
    actionMs: config.PAYMENT_ACTION_MS,
    toleranceMs: config.PAYMENT_WEBHOOK_TOLERANCE_MS,
  };
  switch (config.PAYMENT_PROVIDER) {
    case 'simulator':
      return new SimulatorProvider({
        ...common,
        url: config.SIMULATOR_URL,
        webhookSecret: config.SIMULATOR_WEBHOOK_SECRET,
      });
    case 'stripe':
      return new StripeProvider({
        ...common,
        secretKey: config.STRIPE_SECRET_KEY,
        webhookSecret: config.STRIPE_WEBHOOK_SECRET,
        apiBase: config.STRIPE_API_BASE,
        returnUrl: config.STRIPE_RETURN_URL,
      });
  }
}

function createRunner(provider: PaymentProvider, context: ServiceContext<PaymentConfig>): AttemptRunner {
  const { config, transactor, metrics, log } = context;
  return new AttemptRunner(
    provider,
    transactor,
    {
      concurrency: config.PAYMENT_CONCURRENCY,
      timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS,
      firstRetryMs: config.PAYMENT_RETRY_FIRST_MS,
      longestRetryMs: config.PAYMENT_RETRY_LONGEST_MS,
      slowRetryMs: config.PAYMENT_REFUND_RETRY_LONGEST_MS,
    },
    paymentMetrics(metrics, () => transactor.read().sql),
    log,
  );
}

function createLedgerCheck(
  provider: PaymentProvider,
  runner: AttemptRunner,
  context: ServiceContext<PaymentConfig>,
): LedgerCheck {
  const { config, transactor, metrics, log } = context;
  return new LedgerCheck(
    provider,
    () => transactor.read().sql,
    (orderId, record) => runner.takeOverRecord(orderId, record),
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

/** The payment service: authorises, captures, voids and refunds what order asks for, and answers every time. */
export const paymentService: ServiceDefinition<PaymentConfig> = {
  name: 'payment',
  title: 'Payment',
  config: paymentConfig,
  entities: [PaymentEntity],
  migrations: paymentMigrations,
  controllers: [PaymentsController, WebhooksController],
  module: (context) => ({
    module: PaymentModule,
    controllers: [PaymentsController, WebhooksController],
    providers: [
      { provide: Transactor, useValue: context.transactor },
      { provide: PAYMENT_PROVIDER, useFactory: () => chooseProvider(context.config) },
      {
        provide: AttemptRunner,
        inject: [PAYMENT_PROVIDER],
        useFactory: (provider: PaymentProvider) => createRunner(provider, context),
      },
      {
        provide: LedgerCheck,
        inject: [PAYMENT_PROVIDER, AttemptRunner],
        useFactory: (provider: PaymentProvider, runner: AttemptRunner) => createLedgerCheck(provider, runner, context),
      },
    ],
  }),
  subscriptions: (app) => [paymentRequests(app.get(AttemptRunner), app.get<PaymentProvider>(PAYMENT_PROVIDER).name)],
  background: (app, { config, log, transactor }) => {
    const runner = app.get(AttemptRunner);
    const ledger = app.get(LedgerCheck);
    const ledgerRounds = repeat('check of the provider’s ledger', config.PAYMENT_SCAN_MS, log, () => ledger.round());
    return [
      repeat('take over payment attempts', config.PAYMENT_SCAN_MS, log, () => runner.takeOver()),
      repeat('forget provider events', FORGET_EVERY_MS, log, async () => {
        const forgotten = await transactor.run((tx) => forgetProviderEvents(tx.sql));
        return forgotten === 1_000;
      }),
      {
        name: ledgerRounds.name,
        close: () => {
          ledger.stop();
          return ledgerRounds.close();
        },
      },
    ];
  },
  stages: (app) => [
    { name: 'payment provider', stop: () => app.get<PaymentProvider>(PAYMENT_PROVIDER).close() },
    { name: 'payment attempts', stop: () => app.get(AttemptRunner).close() },
  ],
};
