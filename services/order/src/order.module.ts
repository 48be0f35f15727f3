import type { DynamicModule } from '@nestjs/common';
import { repeat, type Background } from '@outrider/service-kit/background';
import { Transactor } from '@outrider/service-kit/database';
import { topicProgress, type ServiceContext, type ServiceDefinition } from '@outrider/service-kit/runtime';
import { AdvanceDueSagas } from './commands/advance-due-sagas.js';
import { AdvanceSagas } from './commands/advance-sagas.js';
import { CancelOrder } from './commands/cancel-order.js';
import { PlaceOrder } from './commands/place-order.js';
import { RefundOrder } from './commands/refund-order.js';
import { orderConfig, type OrderConfig } from './config.js';
import type { SagaTiming } from './domain/saga-timing.js';
import { catalogEvents } from './events/catalog-events.js';
import { orderEvents } from './events/order-events.js';
import { OrdersController } from './http/orders.controller.js';
import { orderAppendOnly, orderMigrations } from './persistence/migrations/index.js';
import { defaultPolicies, type OrderPolicies } from './policies/order-policies.js';
import { countOpenSagas } from './queries/count-open-sagas.js';
import { openSagaMetrics, SagaMetrics } from './saga-metrics.js';

const NAME = 'order';

const controllers = [OrdersController];

class OrderModule {}

/** The providers of the order service. */
function orderModule(
  { pricing, cancel, refund, fields }: OrderPolicies,
  context: ServiceContext<OrderConfig>,
): DynamicModule {
  const { config, transactor, metrics, readings, log } = context;
  const timing: SagaTiming = {
    reservingMs: config.RESERVING_DEADLINE_MS,
    authorizingMs: config.AUTHORIZING_DEADLINE_MS,
    actionMarginMs: config.CUSTOMER_ACTION_MARGIN_MS,
    actionLongestMs: config.CUSTOMER_ACTION_LONGEST_MS,
    retryFirstMs: config.COMMAND_RETRY_FIRST_MS,
    retryLongestMs: config.COMMAND_RETRY_LONGEST_MS,
  };
  const sagaMetrics = new SagaMetrics(metrics, log);
  openSagaMetrics(metrics, readings, () => countOpenSagas(transactor.read().sql, config.SAGA_OVERDUE_MS));
  return {
    module: OrderModule,
    controllers,
    providers: [
      { provide: Transactor, useValue: transactor },
      { provide: SagaMetrics, useValue: sagaMetrics },
      {
        provide: PlaceOrder,
        useValue: new PlaceOrder({
          transactor,
          pricing,
          fields,
          timing,
          provider: config.PAYMENT_PROVIDER,
          appVersion: config.APP_VERSION,
          onStarted: () => sagaMetrics.started(),
        }),
      },
      {
        provide: CancelOrder,
        useValue: new CancelOrder({ transactor, policy: cancel, timing, observer: sagaMetrics }),
      },
      {
        provide: RefundOrder,
        useValue: new RefundOrder({
          transactor,
          policy: refund,
          timing,
          provider: config.PAYMENT_PROVIDER,
          observer: sagaMetrics,
        }),
      },
      { provide: AdvanceSagas, useValue: new AdvanceSagas(timing, sagaMetrics) },
      {
        provide: AdvanceDueSagas,
        useValue: new AdvanceDueSagas({
          transactor,
          timing,
          observer: sagaMetrics,
          progress: topicProgress(NAME, 'order-event', context),
          log,
        }),
      },
    ],
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
    subscriptions: (app) => [orderEvents(app.get(AdvanceSagas), app.get(SagaMetrics)), catalogEvents()],
    background(app, { config, log }): readonly Background[] {
      const advanceDue = app.get(AdvanceDueSagas);
      return [repeat('advance due sagas', config.SCAN_EVERY_MS, log, () => advanceDue.execute())];
    },
  };
}

/** The order service with the default policies. */
export const orderService = orderServiceWith({});
