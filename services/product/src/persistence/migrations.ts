import { listPositions, restatementTables, settledLists, sqlMigrations } from '@outrider/service-kit/database';

/** The product service's own tables. */
export const productMigrations = sqlMigrations([
  {
    name: 'product_0001_product',
    sql: `CREATE TABLE product (
  id uuid PRIMARY KEY,
  sku text COLLATE "C" NOT NULL,
  name text NOT NULL,
  price bigint NOT NULL CHECK (price >= 0),
  currency text NOT NULL,
  retired boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT product_sku_unique UNIQUE (sku))`,
  },
  {
    // No foreign key: inventory may speak of a product before, or without, a row here.
    name: 'product_0002_product_stock',
    sql: `CREATE TABLE product_stock (
  product_id uuid PRIMARY KEY,
  on_hand bigint NOT NULL CHECK (on_hand >= 0),
  reserved bigint NOT NULL CHECK (reserved >= 0),
  available bigint NOT NULL CHECK (available >= 0),
  version bigint NOT NULL,
  as_of timestamptz NOT NULL) WITH (fillfactor = 80)`,
  },
  {
    name: 'product_0003_stock_generation',
    sql: `CREATE TABLE stock_generation (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  generation bigint NOT NULL);
INSERT INTO stock_generation(generation) VALUES (1)`,
  },
  {
    name: 'product_0004_product_list',
    sql: `${settledLists}
${listPositions('product')}
CREATE INDEX product_by_position ON product(position, id)`,
  },
  {
    name: 'product_0005_restatement',
    sql: restatementTables,
  },
  {
    // The name stays: by it a version before this one knows what was broken.
    name: 'product_0006_sku_of_what_is_sold',
    sql: `ALTER TABLE product DROP CONSTRAINT product_sku_unique;
CREATE UNIQUE INDEX product_sku_unique ON product(sku) WHERE NOT retired;
CREATE INDEX product_by_sku ON product(sku, position, id)`,
  },
]);
