import { runProcess } from '@outrider/service-kit/process';

await runProcess('credit-check', async (lifetime) => {
  const { runCreditCheck } = await import('./run-credit-check.js');
  await runCreditCheck(process.env, lifetime);
});
