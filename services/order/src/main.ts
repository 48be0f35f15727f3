import { runService } from '@outrider/service-kit/runtime';
import { orderService } from './order.module.js';

await runService(orderService);
