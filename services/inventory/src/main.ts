import { runService } from '@outrider/service-kit/runtime';
import { inventoryService } from './inventory.module.js';

await runService(inventoryService);
