import { readFile } from 'node:fs/promises';
import type { SERVICES } from '../../installation/layout.js';

/** A version that must be aborted: the good image with one line of it changed as it is loaded. */
export interface BadVersion {
  readonly name: string;
  readonly service: (typeof SERVICES)[number];
  /** what is wrong with it */
  readonly what: string;
  /** the source, below the project's folder */
  readonly file: string;
  /** a line that sources and compiled files have alike */
  readonly from: string;
  readonly to: string;
}

const DECLINED =
  "{ kind: 'record', record: { reference: `declined-${orderId}`, status: 'DECLINED', capturedAmount: 0, refunds: [], disputes: [], reason: 'card_declined' } }";
const PLACE = { service: 'order', file: 'services/order/src/commands/place-order.ts' } as const;
const RESERVE = 'emitCommands(tx, commands, { order, saga, lines, timing });';

export const BAD_VERSIONS: readonly BadVersion[] = [
  {
    ...PLACE,
    name: 'failing',
    what: 'order asks for far more than was ordered, and than is in stock',
    from: RESERVE,
    to: 'emitCommands(tx, commands, { order, saga, lines: lines.map((line) => ({ ...line, quantity: 100_000 })), timing });',
  },
  {
    ...PLACE,
    name: 'errors',
    what: 'order answers every new order with 500',
    from: 'const { paymentMethod, metadata = {} } = body;',
    to: "throw new Error('a bad version');",
  },
  { ...PLACE, name: 'hanging', what: 'order asks nobody for anything', from: RESERVE, to: '' },
  {
    name: 'wrong',
    service: 'inventory',
    what: 'inventory says of everything that it is out of stock',
    file: 'services/inventory/src/domain/decide-input.ts',
    from: 'available(stock) < pieces',
    to: 'pieces > 0',
  },
  {
    name: 'poison',
    service: 'inventory',
    what: 'inventory throws at every reservation',
    file: 'services/inventory/src/domain/decide-input.ts',
    from: 'return create(input, known, at);',
    to: "throw new Error('a bad version');",
  },
  {
    name: 'unreading',
    service: 'inventory',
    what: 'inventory can read no message',
    file: 'packages/contracts/src/events/envelope.ts',
    from: "parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));",
    to: "throw new Error('a bad version');",
  },
  {
    name: 'declining',
    service: 'payment',
    what: 'payment declines everything, without asking the provider',
    file: 'services/payment/src/commands/ask-provider.ts',
    from: 'return provider.authorize({',
    to: `return Promise.resolve(${DECLINED}); provider.authorize({`,
  },
];

/** How the URL of what is made of a source ends, in every image. */
export const compiled = (source: string): string => source.replace(/^.*\/src\//u, '').replace(/ts$/u, 'js');

const CONFIG_MAP = 'bad-version';

/** The ConfigMap that values of `badValues` mount. */
export async function badVersionConfigMap(namespace: string): Promise<object> {
  const program = await readFile(new URL('./bad-version-program.js', import.meta.url), 'utf8');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CONFIG_MAP, namespace },
    data: { 'bad-version.mjs': program },
  };
}

/** Values of the chart that make a service this version. */
export function badValues({ file, from, to }: BadVersion): object {
  return {
    extraEnv: [
      { name: 'NODE_OPTIONS', value: '--import=file:///bad-version/bad-version.mjs' },
      { name: 'BAD_VERSION', value: JSON.stringify({ file: compiled(file), from, to }) },
    ],
    extraVolumes: [{ name: CONFIG_MAP, configMap: { name: CONFIG_MAP } }],
    extraVolumeMounts: [{ name: CONFIG_MAP, mountPath: '/bad-version', readOnly: true }],
  };
}
