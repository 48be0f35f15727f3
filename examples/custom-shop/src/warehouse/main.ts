import { readConfig } from '@outrider/service-kit/config';
import { createLogger } from '@outrider/service-kit/logging';
import { closeOnSignal } from '@outrider/service-kit/shutdown';
import { warehouseConfig } from './config.js';
import { startWarehouse } from './start-warehouse.js';

const config = readConfig(warehouseConfig, process.env);
const log = createLogger('warehouse', config.LOG_LEVEL);
const warehouse = await startWarehouse(config, log);
closeOnSignal([{ name: 'warehouse', close: () => warehouse.close() }], log);
log.info({}, 'printing packing slips');
