import { runService } from '@outrider/service-kit/runtime';
import { productService } from './product.module.js';

await runService(productService);
