/** The latest stock fact of each product. No foreign key: inventory may publish a fact before, or without, a row in product. */
export const productStock = `
CREATE TABLE product_stock (
  product_id uuid PRIMARY KEY,
  on_hand bigint NOT NULL CHECK (on_hand >= 0),
  reserved bigint NOT NULL CHECK (reserved >= 0),
  available bigint NOT NULL CHECK (available >= 0),
  version bigint NOT NULL,
  as_of timestamptz NOT NULL
) WITH (fillfactor = 80);
`;
