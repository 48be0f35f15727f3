import type { DynamicModule } from '@nestjs/common';
import { repeat } from '@outrider/service-kit/background';
import { Transactor } from '@outrider/service-kit/database';
import type { ServiceContext, ServiceDefinition } from '@outrider/service-kit/runtime';
import { ApplyStockFacts } from './commands/apply-stock-facts.js';
import { AssignedVersions } from './commands/assigned-versions.js';
import { ChangeProduct } from './commands/change-product.js';
import { RegisterProduct } from './commands/register-product.js';
import { RestateCatalogue } from './commands/restate-catalogue.js';
import { RetireProduct } from './commands/retire-product.js';
import { productConfig, type ProductConfig } from './config.js';
import { ownFacts } from './events/own-facts.js';
import { stockFacts } from './events/stock-facts.js';
import { ProductController } from './http/product.controller.js';
import { ProductEntity } from './persistence/entities/product.entity.js';
import { productMigrations } from './persistence/migrations/index.js';
import { raiseGeneration } from './persistence/statements/raise-generation.js';
import { readGeneration } from './persistence/statements/read-generation.js';
import { readStockLevels } from './persistence/statements/read-stock-levels.js';
import { policiesOf, type OwnProductPolicies } from './policies/product-policies.js';
import { GetProduct } from './queries/get-product.js';
import { CacheGeneration } from './stock-cache/cache-generation.js';
import { RedisStock } from './stock-cache/redis-stock.js';
import { StockLevels } from './stock-cache/stock-levels.js';
import { stockMetrics } from './stock-metrics.js';

const controllers = [ProductController];

class ProductModule {}

/** Everything that is bound in product. */
function productModule(policies: OwnProductPolicies, context: ServiceContext<ProductConfig>): DynamicModule {
  const { config, transactor, metrics, log } = context;
  const { price } = policiesOf(policies, config);
  const sql = transactor.read();
  const generation = new CacheGeneration({ read: () => readGeneration(sql), raise: () => raiseGeneration(sql) });
  const redis = new RedisStock({
    server: config.REDIS,
    prefix: config.REDIS_PREFIX,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    maxAgeMs: config.CONNECTION_MAX_AGE_MS,
    log,
    connected: () => generation.markStale(),
  });
  const levels = new StockLevels({
    redis,
    generation,
    readDatabase: (productIds) => readStockLevels(sql, productIds),
    timeMs: config.STOCK_TIME_MS,
    meter: stockMetrics(metrics.registry),
    log,
  });
  const versions = new AssignedVersions();
  return {
    module: ProductModule,
    controllers,
    providers: [
      { provide: Transactor, useValue: transactor },
      { provide: CacheGeneration, useValue: generation },
      { provide: RedisStock, useValue: redis },
      { provide: StockLevels, useValue: levels },
      { provide: GetProduct, useValue: new GetProduct(sql, levels) },
      { provide: RegisterProduct, useValue: new RegisterProduct(transactor, price) },
      { provide: ChangeProduct, useValue: new ChangeProduct(transactor, versions, price) },
      { provide: RetireProduct, useValue: new RetireProduct(transactor, versions) },
      { provide: RestateCatalogue, useValue: new RestateCatalogue(transactor) },
      { provide: ApplyStockFacts, useValue: new ApplyStockFacts(levels) },
    ],
  };
}

/** The service of the catalogue, which shows stock as inventory publishes it; as this shop decides, else as by default. */
export function productServiceWith(policies: OwnProductPolicies): ServiceDefinition<ProductConfig> {
  return {
    name: 'product',
    title: 'Outrider product',
    config: productConfig,
    entities: [ProductEntity],
    migrations: productMigrations,
    controllers,
    module: (context) => productModule(policies, context),
    subscriptions: (app) => [stockFacts(app.get(ApplyStockFacts)), ownFacts()],
    background: (app, { config, log }) => {
      const generation = app.get(CacheGeneration);
      const restate = app.get(RestateCatalogue);
      return [
        repeat('stock generation', config.GENERATION_POLL_MS, log, () => generation.refresh()),
        repeat('restate the catalogue', config.RESTATE_POLL_MS, log, () => restate.execute()),
      ];
    },
    stages: (app) => [{ name: 'redis', stop: () => app.get(RedisStock).close() }],
  };
}

/** Product as it is without a shop's own decisions. */
export const productService = productServiceWith({});
