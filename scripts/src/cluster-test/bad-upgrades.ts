import { CommandError } from '../cli/errors.js';
import type { Cluster } from './cluster.js';
import { RELEASE } from './release.js';

/** An upgrade that cannot succeed. */
export interface BadUpgrade {
  readonly what: string;
  /** values of the chart that make it so, for `--set-json` */
  readonly values: Readonly<Record<string, unknown>>;
  /** What kubectl is asked of the namespace, and what it must say: an operator who looks must find the reason. */
  readonly look: { readonly args: readonly string[]; readonly says: RegExp };
  /** further objects that the values name, made before and deleted after */
  readonly objects?: readonly object[];
}

const MIGRATIONS = 'dist/persistence/migrations/index.js';
const FAILING = 'failing-migration';
const FAILING_NAME = 'order-999-fails';

const podsOf = (name: string): string[] => [
  'get',
  'pods',
  `--selector=app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/name=${name}`,
];

/** @throws CommandError when the image of order is not as it is thought to be */
export async function badUpgrades(cluster: Cluster): Promise<readonly BadUpgrade[]> {
  return [
    {
      what: 'an image that does not exist',
      values: { 'payment.image.tag': 'no-such-version', 'outbox-worker.image.tag': 'no-such-version' },
      look: { args: podsOf('payment'), says: /ErrImagePull|ImagePullBackOff/u },
    },
    {
      what: 'an image that crashes',
      values: {
        'order.settings.NODE_OPTIONS': '--no-such-option',
        'product.settings.NODE_OPTIONS': '--no-such-option',
      },
      look: { args: podsOf('order'), says: /Error|CrashLoopBackOff/u },
    },
    {
      what: 'a migration that fails',
      values: {
        // the pods of the new version have it too, and wait for it
        'order.extraVolumes': [{ name: FAILING, configMap: { name: FAILING } }],
        'order.extraVolumeMounts': [
          { name: FAILING, mountPath: `/app/services/order/${MIGRATIONS}`, subPath: 'index.js', readOnly: true },
        ],
      },
      look: { args: podsOf('order-migrate'), says: /Error/u },
      objects: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: FAILING },
          data: { 'index.js': await withFailingMigration(cluster) },
        },
      ],
    },
  ];
}

/** The module of order's migrations as it is in the image, with one more, as a new version has. */
async function withFailingMigration(cluster: Cluster): Promise<string> {
  const read = `process.stdout.write(fs.readFileSync('${MIGRATIONS}', 'utf8'))`;
  const text = await cluster.k(['exec', `deployment/${RELEASE}-order`, '--', '/nodejs/bin/node', '--eval', read]);
  const longer = text.replace(/\n\]\);/u, `\n    { name: '${FAILING_NAME}', sql: 'SELECT 1 / 0' },\n]);`);
  if (longer === text) throw new CommandError(`order's ${MIGRATIONS} holds no list of migrations that ends with ]);`);
  return longer;
}
