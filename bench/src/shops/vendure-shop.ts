import { HttpExchange } from '@outrider/common';
import { createDatabase, dropDatabase, freePort, Keeper, type Infra } from '@outrider/testkit';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '@outrider/scripts/cli/errors';
import { logEnd } from '@outrider/scripts/installation/log-end';
import { installed } from '../peers-installed.js';
import { answering } from './answering.js';
import { LAST_SKU, PLENTY_SKUS, STOCK, type Shop } from './shop.js';

/** One for each core. */
const SERVERS = 2;
const TIMEOUT_MS = 60_000;
const TOKEN = 'vendure-auth-token';

// The fewest requests that a guest's checkout can be: one that makes the session, one with everything else.
const ADD = `mutation ($variant: ID!) { addItemToOrder(productVariantId: $variant, quantity: 1) {
  __typename ... on ErrorResult { message } ... on Order { id } } }`;
const REST = `mutation ($method: ID!) {
  setCustomerForOrder(input: { firstName: "A", lastName: "Guest", emailAddress: "guest@example.org" }) { __typename ... on ErrorResult { message } }
  setOrderShippingAddress(input: { fullName: "A Guest", streetLine1: "Street 1", city: "Hamburg", postalCode: "20095", countryCode: "DE" }) {
    __typename ... on ErrorResult { message } }
  setOrderShippingMethod(shippingMethodId: [$method]) { __typename ... on ErrorResult { message } }
  transitionOrderToState(state: "ArrangingPayment") { __typename ... on ErrorResult { message } }
  addPaymentToOrder(input: { method: "dummy", metadata: {} }) { __typename ... on ErrorResult { message } ... on Order { state } } }`;

interface Result {
  readonly __typename: string;
  readonly message?: string;
  readonly state?: string;
}

export interface PeerShopOptions {
  readonly infra: Infra;
  readonly root: string;
  readonly told: (text: string) => void;
  readonly undo: AsyncDisposableStack;
}

/** Vendure with a server for each core and a worker, Redis for sessions, caches and jobs, and its dummy payment. */
export async function openVendureShop({ infra, root, told, undo }: PeerShopOptions): Promise<Shop> {
  const folder = await installed('vendure', told);
  const database = `vendure_${process.pid}`;
  const postgresUrl = await createDatabase(infra.postgresUrl, database);
  undo.defer(() => dropDatabase(infra.postgresUrl, database));
  const keeper = await Keeper.start();
  undo.defer(() => keeper.end());
  const logs = join(root, 'vendure');
  await mkdir(logs);
  const spawn = (role: string, port = 0) =>
    keeper.spawn({
      command: process.execPath,
      args: [
        join(folder, 'main.mjs'),
        role,
        JSON.stringify({ postgresUrl, redisUrl: infra.redisUrl, port, products: STOCK }),
      ],
      env: { PATH: process.env['PATH'], HOME: logs, NODE_ENV: 'production', VENDURE_DISABLE_TELEMETRY: 'true' },
      cwd: logs,
      logFile: join(logs, `${role}.log`),
      stopSignal: 'SIGTERM',
    });
  told('Vendure: making its database');
  const { code } = await (await spawn('prepare')).exited;
  if (code !== 0)
    throw new CommandError(`Vendure could not be prepared; its log ends:\n${await logEnd(join(logs, 'prepare.log'))}`);
  const ports = await Promise.all(Array.from({ length: SERVERS }, freePort));
  const servers = await Promise.all(ports.map((port) => spawn('server', port)));
  const worker = await spawn('worker');
  const exchanges = ports.map((port) => new HttpExchange(`http://127.0.0.1:${port}`, TIMEOUT_MS));
  for (const port of ports) await answering(`http://127.0.0.1:${port}/health`, join(logs, 'server.log'));
  let buyers = 0;
  const ask = async (exchange: HttpExchange, query: string, variables: object, token?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const answer = await exchange.send('POST', '/shop-api', headers, JSON.stringify({ query, variables }));
    const { data, errors } = JSON.parse(answer.text) as {
      data?: Record<string, unknown>;
      errors?: { message: string }[];
    };
    if (data === undefined || data === null || errors !== undefined) throw new Error(answer.text.slice(0, 400));
    return { data, token: String(answer.headers[TOKEN] ?? token ?? '') };
  };
  const [first] = exchanges;
  if (first === undefined) throw new Error('Vendure has no server');
  const variants = new Map<string, string>();
  const { data } = await ask(first, '{ products(options: { take: 100 }) { items { variants { id sku } } } }', {});
  const { data: more } = await ask(
    first,
    '{ products(options: { take: 100, skip: 100 }) { items { variants { id sku } } } }',
    {},
  );
  for (const page of [data, more]) {
    for (const item of (page['products'] as { items: { variants: { id: string; sku: string }[] }[] }).items) {
      for (const { id, sku } of item.variants) variants.set(sku, id);
    }
  }
  const probe = await ask(first, ADD, { variant: [...variants.values()][0] });
  const methods = await ask(first, '{ eligibleShippingMethods { id } }', {}, probe.token);
  const method = (methods.data['eligibleShippingMethods'] as { id: string }[])[0]?.id;
  if (method === undefined) throw new CommandError('Vendure has no shipping method for an order');
  return {
    name: 'vendure',
    products: PLENTY_SKUS.flatMap((sku) => variants.get(sku) ?? []),
    lastProduct: variants.get(LAST_SKU) ?? '',
    pids: [...servers, worker].map(({ pid }) => pid),
    async buy(variant) {
      buyers += 1;
      const exchange = exchanges[buyers % exchanges.length] ?? first;
      const added = await ask(exchange, ADD, { variant });
      const { addItemToOrder: line } = added.data as { addItemToOrder: Result };
      if (line.message !== undefined) return { sold: false, why: line.message };
      const paid = (await ask(exchange, REST, { method }, added.token)).data as Record<string, Result>;
      const { addPaymentToOrder: end } = paid;
      if (end?.state === 'PaymentSettled') return { sold: true };
      return {
        sold: false,
        why: Object.values(paid).find(({ message }) => message !== undefined)?.message ?? 'not paid',
      };
    },
  };
}
