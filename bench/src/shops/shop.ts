/** A shop whose customers buy: ours, or somebody else's. */
export interface Shop {
  readonly name: string;
  /** what is sold, plenty of each */
  readonly products: readonly string[];
  /** of which there are LAST_PIECES */
  readonly lastProduct: string;
  /** processes that are its own, without servers */
  readonly pids: readonly number[];
  /** One customer's whole way to one piece. @returns whether the piece was sold and paid; undefined or a reason when not */
  buy(product: string): Promise<{ readonly sold: boolean; readonly why?: string }>;
}

export const LAST_SKU = 'LAST';
export const LAST_PIECES = 10;
export const PLENTY = 1_000_000;
export const PRODUCTS = 100;

/** What each shop has in stock. */
export const STOCK = [
  ...Array.from({ length: PRODUCTS }, (_, n) => ({ sku: `PLENTY-${n}`, stock: PLENTY })),
  { sku: LAST_SKU, stock: LAST_PIECES },
];

/** What is sold while it is measured. */
export const PLENTY_SKUS: readonly string[] = STOCK.map(({ sku }) => sku).filter((sku) => sku !== LAST_SKU);
