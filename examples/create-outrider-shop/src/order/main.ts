import { loadInTurns, runProcess, SERVICE_LIBRARIES } from '@outrider/service-kit/process';

await runProcess('order', async (lifetime) => {
  await loadInTurns(SERVICE_LIBRARIES);
  const { runService } = await import('@outrider/service-kit/runtime');
  const { shopOrderService } = await import('./order-service.js');
  await runService(shopOrderService, lifetime);
});
