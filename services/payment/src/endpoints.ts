import { endpointsOf } from '@outrider/service-kit/http';
import { paymentService } from './payment.module.js';

/** Every operation that the service answers, for what is said of it elsewhere. */
export const endpoints = endpointsOf(paymentService.controllers);
