import { runProcess } from '@outrider/service-kit/process';

await runProcess('operator', async (lifetime) => {
  const { runOperator } = await import('./run-operator.js');
  await runOperator(process.env, lifetime);
});
