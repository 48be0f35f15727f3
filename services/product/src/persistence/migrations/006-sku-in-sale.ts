/** A sku names one product that is sold. The index keeps the constraint's name: it is what SKU_UNIQUE looks for. */
export const skuInSale = `
ALTER TABLE product DROP CONSTRAINT product_sku_unique;
CREATE UNIQUE INDEX product_sku_unique ON product(sku) WHERE NOT retired;
CREATE INDEX product_by_sku ON product(sku, position, id);
`;
