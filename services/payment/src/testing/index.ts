// What a shop tests its own payment provider with; see docs/extending.md.
export { paymentProviderContract } from './payment-provider-contract.js';
export { CAPABILITIES, type Capability } from './provider-capabilities.js';
export { startProviderProxy, type ProviderProxy } from './provider-proxy.js';
export {
  TOLERANCE_MS,
  type BookedPayment,
  type Dashboard,
  type Delivery,
  type Disputes,
  type ProviderUnderTest,
} from './provider-under-test.js';
