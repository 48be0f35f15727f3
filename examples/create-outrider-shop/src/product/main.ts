import { loadInTurns, runProcess, SERVICE_LIBRARIES } from '@outrider/service-kit/process';

await runProcess('product', async (lifetime) => {
  await loadInTurns(SERVICE_LIBRARIES);
  const { runService } = await import('@outrider/service-kit/runtime');
  const { shopProductService } = await import('./product-service.js');
  await runService(shopProductService, lifetime);
});
