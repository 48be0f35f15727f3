/** The catalogue. */
export const products = `
CREATE TABLE product (
  id uuid PRIMARY KEY,
  sku text COLLATE "C" NOT NULL,
  name text NOT NULL,
  price bigint NOT NULL CHECK (price >= 0),                    -- minor units
  currency text NOT NULL,
  retired boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT product_sku_unique UNIQUE (sku)
);
`;
