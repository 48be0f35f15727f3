import { runProcess } from '@outrider/service-kit/process';

// `main.js check [from] [to]` checks once and ends: 0 no difference, 3 some; anything else: it could not check (Node itself
// ends with 1 when it breaks down, which must not be taken for an answer)
await runProcess('reconciler', async (lifetime) => {
  const [command, ...span] = process.argv.slice(2);
  if (command === 'check') {
    const { checkOnce } = await import('./check-once.js');
    process.exitCode = (await checkOnce(process.env, span)) === 0 ? 0 : 3;
    return;
  }
  const { runReconciler } = await import('./run-reconciler.js');
  await runReconciler(process.env, lifetime);
});
