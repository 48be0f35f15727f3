import type { DynamicModule } from '@nestjs/common';
import { repeat } from '@outrider/service-kit/background';
import type { ServiceContext, ServiceDefinition } from '@outrider/service-kit/runtime';
import { ChangeProduct } from './commands/change-product.js';
import { RegisterProduct } from './commands/register-product.js';
import { RestateCatalogue } from './commands/restate-catalogue.js';
import { RetireProduct } from './commands/retire-product.js';
import { TakeStockFacts } from './commands/apply-stock-facts.js';
import { productConfig, type ProductConfig } from './config.js';
import { GivenVersions } from './commands/assigned-versions.js';
import { ownFactsSubscription } from './events/own-facts.js';
import { stockFactsSubscription } from './events/stock-facts.js';
import { ProductController } from './http/product.controller.js';
import { productMigrations } from './persistence/migrations/index.js';
import { ProductEntity } from './persistence/entities/product.entity.js';
import { raiseGeneration } from './persistence/statements/raise-generation.js';
import { readGeneration } from './persistence/statements/read-generation.js';
import { readStockLevels } from './persistence/statements/read-stock-levels.js';
import { CacheGeneration } from './persistence/stock-cache/cache-generation.js';
import { RedisStock } from './persistence/stock-cache/redis-stock.js';
import { StockLevels } from './persistence/stock-cache/stock-levels.js';
import { GetProduct } from './queries/get-product.js';
import { ListProducts } from './queries/list-products.js';
import { stockMetrics } from './stock-metrics.js';

class ProductModule {}

/** The product service: the catalogue, and stock as inventory tells it. */
export const productService: ServiceDefinition<ProductConfig> = {
  name: 'product',
  title: 'Outrider product',
  config: productConfig,
  entities: [ProductEntity],
  migrations: productMigrations,
  controllers: [ProductController],
  module: productModule,
  subscriptions: (app) => [
    stockFactsSubscription(app.get(TakeStockFacts)),
    ownFactsSubscription(app.get(RestateCatalogue)),
  ],
  background: (app, { config, log }) => {
    const generation = app.get(CacheGeneration);
    const restate = app.get(RestateCatalogue);
    return [
      repeat('stock generation', config.GENERATION_POLL_MS, log, () => generation.refresh()),
      repeat('restate the catalogue', config.RESTATE_POLL_MS, log, () => restate.next()),
    ];
  },
  stages: (app) => [{ name: 'redis', stop: () => app.get(RedisStock).close() }],
};

function productModule({ config, transactor, metrics, log }: ServiceContext<ProductConfig>): DynamicModule {
  const { sql } = transactor.read();
  const generation = new CacheGeneration({ read: () => readGeneration(sql), raise: () => raiseGeneration(sql) });
  const redis = new RedisStock({
    server: config.REDIS,
    prefix: config.REDIS_PREFIX,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    log,
    connected: () => generation.doubt(),
  });
  const levels = new StockLevels({
    redis,
    generation,
    readDatabase: (productIds) => readStockLevels(sql, productIds),
    timeMs: config.STOCK_TIME_MS,
    meter: stockMetrics(metrics.registry),
    log,
  });
  const versions = new GivenVersions();
  return {
    module: ProductModule,
    controllers: [ProductController],
    providers: [
      { provide: CacheGeneration, useValue: generation },
      { provide: RedisStock, useValue: redis },
      { provide: RegisterProduct, useValue: new RegisterProduct(transactor, config.PAYMENT_PROVIDER) },
      { provide: ChangeProduct, useValue: new ChangeProduct(transactor, versions, config.PAYMENT_PROVIDER) },
      { provide: RetireProduct, useValue: new RetireProduct(transactor, versions) },
      { provide: RestateCatalogue, useValue: new RestateCatalogue(transactor) },
      { provide: TakeStockFacts, useValue: new TakeStockFacts(levels) },
      { provide: GetProduct, useValue: new GetProduct(transactor, levels) },
      { provide: ListProducts, useValue: new ListProducts(transactor, levels) },
    ],
  };
}
