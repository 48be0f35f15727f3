import { loadInTurns, runProcess, SERVICE_LIBRARIES } from '@outrider/service-kit/process';

await runProcess('payment', async (lifetime) => {
  await loadInTurns(SERVICE_LIBRARIES);
  const { runService } = await import('@outrider/service-kit/runtime');
  const { shopPaymentService } = await import('./payment-service.js');
  await runService(shopPaymentService, lifetime);
});
