/** The generation of the keys in Redis that may be trusted. */
export const stockGeneration = `
CREATE TABLE stock_generation (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  generation bigint NOT NULL
);
INSERT INTO stock_generation(generation) VALUES (1);
`;
