import {
  changedProductSchema,
  changeProductSchema,
  EXAMPLE,
  listProductsQuerySchema,
  productIdSchema,
  productPageSchema,
  productSchema,
  registeredProductSchema,
  registerProductSchema,
} from '@outrider/contracts';
import { defineEndpoint, replayed, responseHeader } from '@outrider/service-kit/http';
import { z } from 'zod';

const byId = z.object({ id: productIdSchema });
const ETAG = { ETag: responseHeader('The version of the product, for If-Match', '"3"') };

export const registerProduct = defineEndpoint({
  operationId: 'registerProduct',
  method: 'POST',
  path: '/products',
  summary: 'Register a product',
  access: { roles: ['admin'] },
  body: registerProductSchema,
  idempotent: true,
  responses: {
    201: {
      description: 'The product',
      body: registeredProductSchema,
      headers: {
        ...ETAG,
        Location: responseHeader('Where the product is', `/products/${EXAMPLE.productId}`),
        'Idempotent-Replayed': replayed('key'),
      },
    },
  },
  problems: ['sku-taken', 'amount-not-supported'],
});

export const changeProduct = defineEndpoint({
  operationId: 'changeProduct',
  method: 'PATCH',
  path: '/products/:id',
  summary: 'Change a product',
  description: 'Its name or price, or brings a retired one back into sale.',
  access: { roles: ['admin'] },
  params: byId,
  body: changeProductSchema,
  conditional: true,
  responses: { 200: { description: 'The product after the change', body: changedProductSchema, headers: ETAG } },
  problems: ['not-found', 'version-conflict', 'product-retired', 'sku-taken', 'amount-not-supported'],
});

export const retireProduct = defineEndpoint({
  operationId: 'retireProduct',
  method: 'DELETE',
  path: '/products/:id',
  summary: 'Retire a product',
  description: 'Takes it out of sale: only the list still shows it, and its sku is free again.',
  access: { roles: ['admin'] },
  params: byId,
  conditional: true,
  responses: { 204: { description: 'It is out of sale' } },
  problems: ['not-found', 'version-conflict'],
});

export const getProduct = defineEndpoint({
  operationId: 'getProduct',
  method: 'GET',
  path: '/products/:id',
  summary: 'Read a product',
  description: 'With its stock.',
  access: 'anyone',
  params: byId,
  responses: { 200: { description: 'The product', body: productSchema, headers: ETAG } },
  problems: ['not-found', 'unavailable'],
});

export const listProducts = defineEndpoint({
  operationId: 'listProducts',
  method: 'GET',
  path: '/products',
  summary: 'List products',
  description:
    'The catalogue in the order of registration, retired products included. From its end it can be followed.',
  access: 'anyone',
  query: listProductsQuerySchema,
  responses: { 200: { description: 'A page of products', body: productPageSchema } },
  problems: ['unavailable'],
});
