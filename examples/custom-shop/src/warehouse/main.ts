import { runProcess } from '@outrider/service-kit/process';

await runProcess('warehouse', async (lifetime) => {
  const { runWarehouse } = await import('./run-warehouse.js');
  await runWarehouse(process.env, lifetime);
});
