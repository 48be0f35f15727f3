import { endpointsOf } from '@outrider/service-kit/http';
import { inventoryService } from './inventory.module.js';

/** Every operation that the service answers, for what is said of it elsewhere. */
export const endpoints = endpointsOf(inventoryService.controllers);
