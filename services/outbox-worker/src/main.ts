import { runProcess } from '@outrider/service-kit/process';

await runProcess('outbox-worker', async (lifetime) => {
  const { runWorker } = await import('./run-worker.js');
  await runWorker(process.env, lifetime);
});
