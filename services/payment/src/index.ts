// What a shop builds its own payment service from; see docs/extending.md.
export { paymentServiceWith } from './payment.module.js';
export type { PaymentConfig } from './config.js';
export type {
  Charge,
  ProviderAnswer,
  ProviderDispute,
  ProviderPart,
  ProviderRecord,
  ProviderRefund,
} from './domain/provider-answer.js';
export { DefaultRetryPolicy, type DefaultRetrySettings } from './policies/default-retry-policy.js';
export { defaultPolicies, type PaymentPolicies } from './policies/payment-policies.js';
export type { RetryPolicy } from './policies/retry-policy.js';
export { mayHaveReached, NoAnswerError } from '@outrider/common';
export { JsonClient, type JsonResponse } from './providers/json-client.js';
export type {
  AuthorizeRequest,
  ChangeRequest,
  ListAnswer,
  ListRequest,
  LookupAnswer,
  PaymentProvider,
  ProviderEvent,
  RefundRequest,
  Webhook,
} from './providers/payment-provider.js';
export type { CommonProviderSettings, ProviderBinding } from './providers/provider-binding.js';
export { signatureFault, type SignedBytes } from './providers/webhook-signature.js';
