import { runService } from '@outrider/service-kit/runtime';
import { shopOrderService } from './order-service.js';

await runService(shopOrderService);
