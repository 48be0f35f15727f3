// Loaded into a process before its own code (NODE_OPTIONS=--import), from its compiled text alone: it may import nothing
// but Node's own. Changes one line of one file as it is loaded, so that a good image becomes a bad version; the product
// itself has no switch for that. BAD_VERSION: JSON of `{file, from, to}`.
import { registerHooks } from 'node:module';

const { file, from, to } = JSON.parse(process.env['BAD_VERSION'] ?? '') as { file: string; from: string; to: string };

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/${file}`)) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source ?? undefined);
    if (!source.includes(from)) throw new Error(`${url} has no: ${from}`);
    return { ...loaded, source: source.replace(from, () => to) };
  },
});
