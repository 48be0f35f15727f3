import { runService } from '@outrider/service-kit/runtime';
import { paymentService } from './payment.module.js';

await runService(paymentService);
