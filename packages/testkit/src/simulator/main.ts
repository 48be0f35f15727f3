const EXIT = { SIGTERM: 143, SIGINT: 130 } as const;

let close: (() => Promise<void>) | undefined;
let closing = false;

// from the first line, before the program is loaded: as process 1 of a container there is no default action
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (close === undefined) process.exit(EXIT[signal]);
    if (closing) process.exit(1);
    closing = true;
    void close().then(() => process.exit(0));
  });
}

const { run } = await import('./run.js');
close = await run();
