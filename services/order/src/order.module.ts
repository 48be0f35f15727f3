import type { DynamicModule } from '@nestjs/common';
import { repeat, type Background } from '@outrider/service-kit/background';
import { Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import { topicProgress, type ServiceContext, type ServiceDefinition } from '@outrider/service-kit/runtime';
import { AdvanceDueSagas } from './commands/advance-due-sagas.js';
import type { SagaWork } from './commands/apply-inputs.js';
import { AdvanceSagas } from './commands/advance-sagas.js';
import { AskChecks } from './commands/ask-checks.js';
import { CancelOrder } from './commands/cancel-order.js';
import { CheckQueue } from './commands/check-queue.js';
import { DecideCheck } from './commands/decide-check.js';
import { PlaceOrder } from './commands/place-order.js';
import { RefundOrder } from './commands/refund-order.js';
import { orderConfig, type OrderConfig } from './config.js';
import type { SagaTiming } from './domain/saga-timing.js';
import { catalogEvents } from './events/catalog-events.js';
import { checkAnswers } from './events/check-answers.js';
import { orderEvents } from './events/order-events.js';
import { OrdersController } from './http/orders.controller.js';
import { orderAppendOnly, orderMigrations } from './persistence/migrations/index.js';
import { readStandings } from './persistence/statements/read-standings.js';
import { defaultPolicies, type OrderPolicies } from './policies/order-policies.js';
import { AwaitedOrders } from './queries/awaited-orders.js';
import { countOpenSagas } from './queries/count-open-sagas.js';
import { awaitedMetric, openSagaMetrics, SagaMetrics } from './saga-metrics.js';

const NAME = 'order';

/** How often this process looks at what others have done to the orders that its requests wait for. */
const LOOK_AT_AWAITED_MS = 200;

const controllers = [OrdersController];

/** Starts to ask the shop's function; null where there is none. */
const START_ASKING = Symbol('start asking checks');

class OrderModule {}

/** The providers of the order service. */
function orderModule(
  { pricing, cancel, refund, check, fields }: OrderPolicies,
  context: ServiceContext<OrderConfig>,
): DynamicModule {
  const { config, transactor, metrics, readings, log } = context;
  const timing: SagaTiming = {
    reservingMs: config.RESERVING_DEADLINE_MS,
    checkingMs: config.CHECKING_DEADLINE_MS,
    reviewMs: config.CHECK_REVIEW_MS,
    authorizingMs: config.AUTHORIZING_DEADLINE_MS,
    actionMarginMs: config.CUSTOMER_ACTION_MARGIN_MS,
    actionLongestMs: config.CUSTOMER_ACTION_LONGEST_MS,
    retryFirstMs: config.COMMAND_RETRY_FIRST_MS,
    retryLongestMs: config.COMMAND_RETRY_LONGEST_MS,
  };
  const sagaMetrics = new SagaMetrics(metrics, log, config.SAGA_LATE_MS);
  const awaited = new AwaitedOrders((ids) => readStandings(transactor.read(), ids), config.HTTP_MAX_CONNECTIONS / 2);
  const ask = check?.ask?.bind(check);
  const checks = ask && new CheckQueue();
  const work: SagaWork = { timing, observer: sagaMetrics, awaited, checks };
  const advance = new AdvanceSagas(work);
  awaitedMetric(metrics, awaited);
  openSagaMetrics(metrics, readings, () =>
    countOpenSagas(transactor.read(), config.SAGA_OVERDUE_MS, config.SAGA_LATE_MS),
  );
  return {
    module: OrderModule,
    controllers,
    providers: [
      { provide: Transactor, useValue: transactor },
      { provide: SagaMetrics, useValue: sagaMetrics },
      { provide: AwaitedOrders, useValue: awaited },
      {
        provide: PlaceOrder,
        useValue: new PlaceOrder({
          transactor,
          pricing,
          fields,
          check,
          timing,
          provider: config.PAYMENT_PROVIDER,
          appVersion: config.APP_VERSION,
          onStarted: () => sagaMetrics.started(),
        }),
      },
      {
        provide: CancelOrder,
        useValue: new CancelOrder({ transactor, policy: cancel, work }),
      },
      {
        provide: RefundOrder,
        useValue: new RefundOrder({
          transactor,
          policy: refund,
          work,
          provider: config.PAYMENT_PROVIDER,
        }),
      },
      { provide: DecideCheck, useValue: new DecideCheck({ transactor, work }) },
      { provide: AdvanceSagas, useValue: advance },
      {
        provide: START_ASKING,
        useValue:
          ask === undefined || checks === undefined
            ? null
            : (): Background =>
                new AskChecks({
                  ask,
                  queue: checks,
                  advance,
                  transactor,
                  log,
                  timeoutMs: config.CHECK_TIMEOUT_MS,
                  atOnce: config.CHECKS_AT_ONCE,
                  observer: sagaMetrics,
                }),
      },
      {
        provide: AdvanceDueSagas,
        useValue: new AdvanceDueSagas({
          transactor,
          work,
          progress: topicProgress(NAME, ['order-event', 'check-answer-event'], context),
          log,
        }),
      },
    ],
  };
}

/** While it runs, requests may wait for orders. */
function lookAtAwaited(awaited: AwaitedOrders, log: Logger): Background {
  awaited.open();
  const looking = repeat('look at awaited orders', LOOK_AT_AWAITED_MS, log, () => awaited.look());
  return {
    name: looking.name,
    async close() {
      awaited.close();
      await looking.close();
    },
  };
}

/** The order service with a shop's own policies; the default ones where it has none. */
export function orderServiceWith(policies: Partial<OrderPolicies>): ServiceDefinition<OrderConfig> {
  const decided = { ...defaultPolicies, ...policies };
  return {
    name: NAME,
    title: 'Outrider order',
    config: orderConfig,
    // every statement is written as SQL and read through a mapping of its tables
    entities: [],
    migrations: orderMigrations,
    appendOnly: orderAppendOnly,
    controllers,
    module: (context) => orderModule(decided, context),
    subscriptions: (app) => [
      orderEvents(app.get(AdvanceSagas), app.get(SagaMetrics)),
      // also where no check is bound: while one is rolled out, both revisions share the topic's partitions
      checkAnswers(app.get(AdvanceSagas), app.get(SagaMetrics)),
      catalogEvents(),
    ],
    background(app, { config, log }): readonly Background[] {
      const advanceDue = app.get(AdvanceDueSagas);
      const scan = repeat('advance due sagas', config.SCAN_EVERY_MS, log, () => advanceDue.execute());
      const asking = app.get<(() => Background) | null>(START_ASKING);
      const tasks = [scan, lookAtAwaited(app.get(AwaitedOrders), log)];
      return asking === null ? tasks : [...tasks, asking()];
    },
  };
}

/** The order service with the default policies. */
export const orderService = orderServiceWith({});
