import { loadInTurns, runProcess, SERVICE_LIBRARIES } from '@outrider/service-kit/process';

await runProcess('payment', async (lifetime) => {
  await loadInTurns(SERVICE_LIBRARIES);
  const { runService } = await import('@outrider/service-kit/runtime');
  const { paymentService } = await import('./payment.module.js');
  await runService(paymentService, lifetime);
});
