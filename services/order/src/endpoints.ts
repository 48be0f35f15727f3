import { endpointsOf } from '@outrider/service-kit/http';
import { orderService } from './order.module.js';

/** Every operation of the service, for the documents generated from them. */
export const endpoints = endpointsOf(orderService.controllers);
