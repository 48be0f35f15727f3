import { z } from 'zod';
import type { Tool } from '../cli/tool.js';

/** A cluster and the namespace in it that the test works in. */
export class Cluster {
  constructor(
    readonly kubectl: Tool,
    readonly helm: Tool,
    readonly namespace: string,
    readonly signal: AbortSignal,
  ) {}

  /** kubectl in the namespace. @throws CommandError */
  k(args: readonly string[], input?: string): Promise<string> {
    return this.kubectl.run(['--namespace', this.namespace, ...args], {
      signal: this.signal,
      ...(input !== undefined && { input }),
    });
  }

  /** Helm in the namespace. @returns all that it said: logs of hooks come on standard error. @throws CommandError */
  h(args: readonly string[]): Promise<string> {
    return this.helm.run([...args, '--namespace', this.namespace], { signal: this.signal, errorsToo: true });
  }

  /** The texts of a Secret, by key. */
  async secret(name: string): Promise<Readonly<Record<string, string>>> {
    const { data } = secretSchema.parse(JSON.parse(await this.k(['get', 'secret', name, '--output=json'])));
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  }

  /** One line for each object, made by a template of JSONPath such as `{.metadata.name}`. */
  async list(args: readonly string[], line: string): Promise<string[]> {
    const text = await this.k(['get', ...args, `--output=jsonpath={range .items[*]}${line}{"\\n"}{end}`]);
    return text.split('\n').filter((one) => one !== '');
  }

  async namespaceExists(): Promise<boolean> {
    const found = await this.kubectl.run(['get', 'namespace', this.namespace, '--ignore-not-found', '--output=name'], {
      signal: this.signal,
    });
    return found !== '';
  }
}

const secretSchema = z.object({ data: z.record(z.string(), z.string()) });
