// `helm test`: places an order and waits until it is COMPLETED, where tokens are given; else it reads, and says what it
// did not try. Loaded by NODE_OPTIONS in front of the image's own program, which is therefore never reached: the images
// have no shell, and their entry is a program of its own.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { ORDER_URL, INVENTORY_URL, PAYMENT_URL, PRODUCT_URL, TOKENS_DIR, PAYMENT_METHOD, CURRENCY } = process.env;
const deadline = Date.now() + Number(process.env.TIMEOUT_SECONDS) * 1000;

/** Tries until it is answered as expected. Returns the answer's body. Throws with the last answer when time is up. */
async function until(what, call, expected) {
  let last;
  while (Date.now() < deadline) {
    try {
      const answer = await call();
      const body = await answer.json();
      if (expected(answer.status, body)) return body;
      last = `${answer.status} ${JSON.stringify(body).slice(0, 500)}`;
      // what is refused stays refused
      if ([400, 401, 403, 422].includes(answer.status)) break;
    } catch (error) {
      last = `${error.message}: ${error.cause?.message ?? ''}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${what}: ${last ?? 'no time was left'}`);
}

const get = (url, token) => () =>
  fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` }, signal: within() });
function post(url, token, body) {
  const key = randomUUID();
  return () =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      signal: within(),
    });
}
const within = () => AbortSignal.timeout(5_000);
const ok = (status) => status === 200;

async function read() {
  for (const url of [ORDER_URL, INVENTORY_URL, PAYMENT_URL, PRODUCT_URL]) {
    await until(url, get(`${url}/readyz`), ok);
    console.log(`ready: ${url}`);
  }
  const { data } = await until('the catalogue', get(`${PRODUCT_URL}/products`), ok);
  console.log(`read: the catalogue, ${data.length} products`);
}

async function placeOrder() {
  const token = (name) => readFileSync(`${TOKENS_DIR}/${name}`, 'utf8').trim();
  const [admin, customer] = [token('admin'), token('customer')];
  const sku = `HELM-TEST-${randomUUID().slice(0, 8)}`.toUpperCase();
  const product = await until(
    'registering a product',
    post(`${PRODUCT_URL}/products`, admin, { sku, name: 'helm test', price: 100, currency: CURRENCY, initialStock: 1 }),
    (status) => status === 201,
  );
  const body = { items: [{ productId: product.id, quantity: 1 }], currency: CURRENCY, paymentMethod: PAYMENT_METHOD };
  // until order has received the product
  let order;
  while (order === undefined) {
    const placed = await post(`${ORDER_URL}/orders`, customer, body)();
    if (placed.status === 201) order = await placed.json();
    else if (Date.now() > deadline) throw new Error(`placing an order: ${placed.status} ${await placed.text()}`);
    else await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log(`placed: order ${order.id} of product ${sku}`);
  const ended = await until(
    'the order',
    get(`${ORDER_URL}/orders/${order.id}`, customer),
    (status, { status: state }) => ok(status) && ['COMPLETED', 'FAILED', 'CANCELLED'].includes(state),
  );
  console.log(`order ${order.id}: ${ended.status}`);
  if (ended.status !== 'COMPLETED') throw new Error(`the order ended ${ended.status}: ${JSON.stringify(ended)}`);
  const gone = await fetch(`${PRODUCT_URL}/products/${product.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${admin}`, 'idempotency-key': randomUUID() },
    signal: within(),
  });
  console.log(`retired: product ${sku} (${gone.status})`);
}

try {
  await read();
  if (TOKENS_DIR === undefined) console.log('Not tried: placing an order. Give test.tokenSecret a Secret with tokens.');
  else await placeOrder();
  console.log('Good.');
  process.exit(0);
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  process.exit(1);
}
