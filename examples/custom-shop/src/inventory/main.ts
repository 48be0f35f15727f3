import { loadInTurns, runProcess, SERVICE_LIBRARIES } from '@outrider/service-kit/process';

await runProcess('inventory', async (lifetime) => {
  await loadInTurns(SERVICE_LIBRARIES);
  const { runService } = await import('@outrider/service-kit/runtime');
  const { shopInventoryService } = await import('./inventory-service.js');
  await runService(shopInventoryService, lifetime);
});
