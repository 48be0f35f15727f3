import type { DynamicModule } from '@nestjs/common';
import { repeat, type Background } from '@outrider/service-kit/background';
import { Transactor } from '@outrider/service-kit/database';
import { topicProgress, type ServiceContext, type ServiceDefinition } from '@outrider/service-kit/runtime';
import { AdjustStock } from './commands/adjust-stock.js';
import { AnswerWaiting } from './commands/answer-waiting.js';
import { DecideReservations } from './commands/decide-reservations.js';
import { ExpireReservations } from './commands/expire-reservations.js';
import { RestateStock } from './commands/restate-stock.js';
import { inventoryConfig, type InventoryConfig } from './config.js';
import { catalogue } from './events/catalogue.js';
import { ownFacts } from './events/own-facts.js';
import { reservationRequests } from './events/reservation-requests.js';
import { ReservationsController } from './http/reservations.controller.js';
import { StockController } from './http/stock.controller.js';
import { inventoryAppendOnly, inventoryMigrations } from './persistence/migrations/index.js';
import { policiesOf, type OwnInventoryPolicies } from './policies/inventory-policies.js';
import { countActive } from './queries/count-active.js';
import { activeReservations, StockMetrics } from './stock-metrics.js';

const NAME = 'inventory';

const controllers = [StockController, ReservationsController];

class InventoryModule {}

/** Everything that is bound in inventory. */
function inventoryModule(policies: OwnInventoryPolicies, context: ServiceContext<InventoryConfig>): DynamicModule {
  const { config, transactor, metrics, readings, log } = context;
  const { reservationTime } = policiesOf(policies, config);
  const stockMetrics = new StockMetrics(metrics.registry);
  activeReservations(metrics.registry, readings, () => countActive(transactor));
  const decide = new DecideReservations({
    reservationTime,
    unknownProductWaitMs: config.UNKNOWN_PRODUCT_WAIT_MS,
    counted: (counts) => stockMetrics.count(counts),
  });
  return {
    module: InventoryModule,
    controllers,
    providers: [
      { provide: Transactor, useValue: transactor },
      { provide: StockMetrics, useValue: stockMetrics },
      { provide: DecideReservations, useValue: decide },
      { provide: AdjustStock, useValue: new AdjustStock(transactor) },
      { provide: RestateStock, useValue: new RestateStock(transactor) },
      { provide: AnswerWaiting, useValue: new AnswerWaiting({ transactor, decide, log }) },
      {
        provide: ExpireReservations,
        useValue: new ExpireReservations({
          transactor,
          decide,
          progress: topicProgress(NAME, ['reservation-event'], context),
          log,
        }),
      },
    ],
  };
}

/** The service that knows what is in stock and keeps it for orders, as this shop decides; as by default where it does not. */
export function inventoryServiceWith(policies: OwnInventoryPolicies): ServiceDefinition<InventoryConfig> {
  return {
    name: NAME,
    title: 'Outrider inventory',
    config: inventoryConfig,
    entities: [],
    migrations: inventoryMigrations,
    appendOnly: inventoryAppendOnly,
    controllers,
    module: (context) => inventoryModule(policies, context),
    subscriptions: (app) => [
      reservationRequests(app.get(DecideReservations)),
      catalogue(app.get(AnswerWaiting)),
      ownFacts(),
    ],
    background(app, { config, log }): readonly Background[] {
      const expire = app.get(ExpireReservations);
      const answerWaiting = app.get(AnswerWaiting);
      const restate = app.get(RestateStock);
      const everyMs = config.RESERVATION_SCAN_MS;
      return [
        repeat('expire reservations', everyMs, log, () => expire.execute()),
        repeat('answer waiting orders', everyMs, log, () => answerWaiting.execute()),
        repeat('restate the stock', everyMs, log, () => restate.execute()),
      ];
    },
  };
}

/** Inventory as it is without a shop's own decisions. */
export const inventoryService = inventoryServiceWith({});
