import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CHARTS_FOLDER, EXAMPLE_NAMES, findHelms, render, valuesOf } from './helm.js';
import { releaseVersion } from '../release/find-versions.js';
import { PROJECT_ROOT } from '../run/project.js';
import { networkText } from './network.js';
import { objectOf, podTemplates, settingsOf, type KubernetesObject } from './objects.js';

const helms = findHelms();
const [helm] = helms;
const PROCESSES = ['inventory', 'order', 'outbox-worker', 'payment', 'product', 'reconciler'];

const specOf = (object: KubernetesObject) => object['spec'] as Record<string, unknown>;
const withName = (objects: readonly KubernetesObject[], kind: string): string[] =>
  objects
    .filter((object) => object.kind === kind)
    .map(({ metadata }) => metadata.name)
    .toSorted();

test('every template of a chart begins with what takes old names of values and refuses wrong ones', async () => {
  for (const [chart, first] of [
    ['service', '{{- include "service.accept" . -}}'],
    ['outbox-worker', '{{- include "worker.accept" . -}}'],
    ['outrider', '{{- include "installation.accept" . -}}'],
    ['operator', '{{- include "operator.accept" . -}}'],
  ] as const) {
    const folder = join(CHARTS_FOLDER, chart, 'templates');
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml'))) {
      expect([file, (await readFile(join(folder, file), 'utf8')).split('\n')[0]]).toEqual([file, first]);
    }
  }
});

(helm === undefined ? describe.skip : describe)('the charts (needs Helm)', () => {
  const minimal = (...args: string[]) => render(helm!, [...valuesOf('minimal'), ...args]);

  test.each(EXAMPLE_NAMES)('%s: every Helm makes the same of it', async (example) => {
    const [first, ...others] = await Promise.all(helms.map((one) => render(one, valuesOf(example))));
    expect(withName(first!, 'Deployment')).toEqual(PROCESSES.map((name) => `outrider-${name}`));
    const sorted = (objects: readonly KubernetesObject[]) =>
      objects.toSorted((a, b) => `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`));
    for (const other of others) expect(sorted(other)).toEqual(sorted(first!));
  });

  test('a shop’s images and provider are where the values of docs/extending.md say', async () => {
    const guide = await readFile(join(PROJECT_ROOT, 'docs/extending.md'), 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'outrider-values-'));
    try {
      const values = join(folder, 'shop.yaml');
      await writeFile(values, /```yaml\n([\s\S]*?)```/u.exec(guide)?.[1] ?? '');
      const objects = await minimal('-f', values);
      const images = podTemplates(objects).map(({ of, pod }) => [of.kind, pod.spec.containers[0]?.image]);
      // the processes, and the Jobs that migrate
      for (const kind of ['Deployment', 'Job']) {
        for (const service of ['order', 'payment']) {
          expect(images).toContainEqual([kind, `registry.example/my-shop/${service}:1`]);
        }
      }
      const settings = settingsOf(objectOf(objects, 'Deployment', 'outrider-payment'));
      expect(settings).toMatchObject({ PAYMENT_PROVIDER: 'acme', ACME_URL: 'https://bank.example' });
      expect(Object.keys(settings).some((name) => name.startsWith('ACME_TOKEN'))).toBe(true);
      expect(images).toContainEqual(['Deployment', 'registry.example/my-shop/credit-check:1']);
      const warehouse = settingsOf(objectOf(objects, 'Deployment', 'outrider-warehouse'));
      expect(warehouse).toMatchObject({
        DATABASE_URL: expect.stringContaining('warehouse@'),
        DATABASE_PASSWORD_FILE: '/etc/outrider/database/password',
        KAFKA_BROKERS: expect.any(String),
      });
      expect(settingsOf(objectOf(objects, 'Deployment', 'outrider-credit-check'))).not.toHaveProperty('DATABASE_URL');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a program of a shop’s own is a Deployment, with an admin port and what belongs to it where it has one', async () => {
    const image = 'programs.warehouse.image.repository=warehouse';
    const admin = 'programs.warehouse.admin=true,global.monitoring.enabled=true';
    const kinds = async (...args: string[]) =>
      (await minimal(...args)).filter(({ metadata }) => metadata.name === 'outrider-warehouse').map(({ kind }) => kind);
    expect((await kinds('--set', image)).toSorted()).toEqual(['Deployment', 'NetworkPolicy', 'ServiceAccount']);
    const all = ['Deployment', 'NetworkPolicy', 'Service', 'ServiceAccount', 'ServiceMonitor'];
    expect((await kinds('--set', `${image},${admin}`)).toSorted()).toEqual(all);
    for (const [args, probes] of [
      [[], false],
      [['--set', admin], true],
    ] as const) {
      const { template } = specOf(
        objectOf(await minimal('--set', image, ...args), 'Deployment', 'outrider-warehouse'),
      ) as { template: { spec: { containers: [object]; restartPolicy?: string; securityContext: object } } };
      expect('readinessProbe' in template.spec.containers[0]).toBe(probes);
      expect(template.spec).not.toHaveProperty('restartPolicy');
      expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
    }
  });

  test('a program of a shop’s own without an image, or called as a process of the core, is refused', async () => {
    await expect(minimal('--set', 'programs.order.replicas=1')).rejects.toThrow(
      /programs\.order is called as a process of the core.*\n.*programs\.order\.image\.repository is missing/u,
    );
    await expect(minimal('--set', 'programs.a.image.repository=a,programs.a.database.enabled=true')).rejects.toThrow(
      'programs.a.database.existingSecret is missing',
    );
  });

  test.each(EXAMPLE_NAMES)('%s: every pod is as Pod Security restricted wants it, and more', async (example) => {
    const objects = await render(helm!, valuesOf(example));
    for (const { of, pod } of podTemplates(objects)) {
      const { spec } = pod;
      const what = `${of.kind} ${of.metadata.name}`;
      expect({ what, ...spec }).toMatchObject({
        what,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of spec.containers) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { memory: expect.anything() },
          },
        });
        expect(container['resources']).not.toHaveProperty('limits.cpu');
        expect(container).not.toHaveProperty('command');
        // no value of a secret: it is read from a file
        for (const { name, value } of container.env) {
          if (/PASSWORD|SECRET|_KEY$/u.test(name))
            expect([name, value]).toEqual([expect.stringMatching(/_FILE$/u), value]);
          expect(value ?? '').not.toMatch(/:\/\/[^/]*:[^/]*@/u);
        }
      }
      // what a Service or a budget selects by this release's labels
      expect(pod.metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': 'outrider',
        'app.kubernetes.io/part-of': 'outrider',
      });
    }
  });

  test('a process that serves has its probes, its grace period, and one pod more while it is replaced', async () => {
    const objects = await minimal();
    for (const name of PROCESSES) {
      const spec = specOf(objectOf(objects, 'Deployment', `outrider-${name}`));
      const waits = ['outbox-worker', 'reconciler'].includes(name) ? 0 : 5;
      expect(spec).toMatchObject({
        replicas: 1,
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          spec: {
            terminationGracePeriodSeconds: waits + 35,
            containers: [
              {
                startupProbe: { httpGet: { path: '/livez', port: 'admin' } },
                livenessProbe: { httpGet: { path: '/livez', port: 'admin' } },
                readinessProbe: { httpGet: { path: '/readyz', port: 'admin' } },
                ...(waits === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: waits } } } }),
              },
            ],
          },
        },
      });
    }
  });

  test('selectors are name and release, whatever the version and the values', async () => {
    for (const args of [[], ['--set', 'global.image.tag=9.9.9,order.podLabels.team=a,order.replicas=5']]) {
      const objects = await minimal(...args);
      for (const name of PROCESSES) {
        const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': 'outrider' };
        expect(specOf(objectOf(objects, 'Deployment', `outrider-${name}`))['selector']).toEqual({
          matchLabels: labels,
        });
        expect(specOf(objectOf(objects, 'Service', `outrider-${name}`))['selector']).toEqual(labels);
      }
    }
  });

  test('a Service and a budget select no pod of a migration or of the test', async () => {
    const objects = await render(helm!, valuesOf('production'));
    const others = podTemplates(objects).filter(({ of }) => of.kind !== 'Deployment');
    expect(others).toHaveLength(5);
    const selectors = objects.flatMap((object) => {
      if (object.kind === 'Service') return [specOf(object)['selector'] as Record<string, string>];
      if (object.kind !== 'PodDisruptionBudget') return [];
      return [(specOf(object)['selector'] as { matchLabels: Record<string, string> }).matchLabels];
    });
    for (const { pod } of others) {
      for (const selector of selectors) {
        expect(Object.entries(selector).every(([key, value]) => pod.metadata.labels[key] === value)).toBe(false);
      }
    }
  });

  test.each(PROCESSES)('%s names its revision by its image and its pod template', async (name) => {
    const objects = await minimal('--set', 'global.image.tag=1.2.3');
    const deployment = objectOf(objects, 'Deployment', `outrider-${name}`);
    expect(settingsOf(deployment)['APP_VERSION']).toBe('1.2.3-$(POD_TEMPLATE_HASH)');
    expect(JSON.stringify(deployment)).toContain(`metadata.labels['pod-template-hash']`);
  });

  test('a tag that is longer than a label may be is cut there, and whole in the image', async () => {
    // the digest of what went into an image, as skaffold tags it
    const tag = 'a1'.repeat(32);
    const objects = await minimal('--set', `global.image.tag=${tag}`);
    for (const { metadata } of objects) {
      expect(metadata.labels?.['app.kubernetes.io/version'] ?? tag.slice(0, 63)).toBe(tag.slice(0, 63));
    }
    const { pod } = podTemplates(objects)[0]!;
    expect(pod.spec.containers[0]?.image).toMatch(new RegExp(`:${tag}$`, 'u'));
  });

  test('a Rollout has another label to tell revisions by', async () => {
    const rollout = objectOf(await render(helm!, valuesOf('argo-rollouts')), 'Deployment', 'outrider-order');
    expect(settingsOf(rollout)['APP_VERSION']).toMatch(/-\$\(POD_TEMPLATE_HASH\)$/u);
    expect(JSON.stringify(rollout)).toContain(`metadata.labels['rollouts-pod-template-hash']`);
  });

  test.each([
    ['argo-rollouts', 'order'],
    ['keda', 'outbox-worker'],
    ['production', 'order'],
  ])('%s: the manifest does not say how many pods of %s there are', async (example, name) => {
    const deployment = objectOf(await render(helm!, valuesOf(example)), 'Deployment', `outrider-${name}`);
    expect(specOf(deployment)).not.toHaveProperty('replicas');
  });

  test('there is a budget above one pod alone', async () => {
    expect(withName(await minimal(), 'PodDisruptionBudget')).toEqual([]);
    const objects = await minimal('--set', 'order.replicas=2');
    expect(withName(objects, 'PodDisruptionBudget')).toEqual(['outrider-order']);
    expect(specOf(objectOf(objects, 'PodDisruptionBudget', 'outrider-order'))).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test('two installations in one namespace have no object in common', async () => {
    const [one, other] = await Promise.all(
      ['a', 'b'].map(async (release) => {
        const objects = await render(helm!, valuesOf('production'), { release });
        return new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      }),
    );
    expect([...one!].filter((name) => other!.has(name))).toEqual([]);
  });

  test('docs/network.md says what the NetworkPolicies of production.yaml open', async () => {
    const text = await readFile(join(CHARTS_FOLDER, '../docs/network.md'), 'utf8');
    expect(text).toBe(networkText(await render(helm!, valuesOf('production'))));
  });

  test('what is set for order’s process is order’s, and not the pod’s of helm test', async () => {
    const objects = await minimal(
      '--set=order.settings.NODE_OPTIONS=--max-old-space-size=300,order.podLabels.team=orders',
      '--set-json=order.extraEnv=[{"name":"EXTRA","value":"1"}]',
      '--set-json=order.extraVolumes=[{"name":"extra","emptyDir":{}}]',
      '--set-json=order.extraVolumeMounts=[{"name":"extra","mountPath":"/extra"}]',
    );
    expect(settingsOf(objectOf(objects, 'Deployment', 'outrider-order'))).toMatchObject({
      NODE_OPTIONS: '--max-old-space-size=300',
      EXTRA: '1',
    });
    const { pod } = podTemplates(objects).find(({ of }) => of.metadata.name === 'outrider-test' && of.kind === 'Pod')!;
    const text = JSON.stringify(pod);
    expect(text).toContain('--import=/etc/outrider/test/test.mjs');
    for (const own of ['max-old-space-size', 'EXTRA', '/extra', '"team"']) expect(text).not.toContain(own);
  });

  describe('migrations', () => {
    const jobs = async (...args: string[]) => (await minimal(...args)).filter(({ kind }) => kind === 'Job');

    test('are ordinary Jobs, one a service, and no hooks', async () => {
      const found = await jobs();
      expect(found.map(({ metadata }) => metadata.name.replace(/[0-9a-f]{8}$/u, '#')).toSorted()).toEqual(
        ['inventory', 'order', 'payment', 'product'].map((name) => `outrider-${name}-migrate-#`),
      );
      for (const job of found) expect(job.metadata.annotations ?? {}).toEqual({});
      expect(specOf(found[0]!)).toMatchObject({ backoffLimit: 3, ttlSecondsAfterFinished: 86_400 });
    });

    test('a Job that does something else has another name, since a Job cannot be changed', async () => {
      const named = new Map<string, string>();
      for (const args of [
        [],
        ['--set', 'order.replicas=4'],
        ['--set', 'global.image.tag=9.9.9'],
        ['--set', 'order.migrate.roles.app=order'],
        ['--set', `order.migrate.contract=${await releaseVersion(PROJECT_ROOT)}`],
        ['--set', 'order.migrate.topics=verify'],
      ]) {
        const job = (await jobs(...args)).find(({ metadata }) => metadata.name.startsWith('outrider-order-'))!;
        const { template } = specOf(job) as { template: unknown };
        expect(named.get(job.metadata.name) ?? JSON.stringify(template)).toBe(JSON.stringify(template));
        named.set(job.metadata.name, JSON.stringify(template));
      }
      expect(named.size).toBe(5);
    });

    test('the contract phase runs for the version that is named, and no other', async () => {
      const argsOf = async (version: string) => {
        const all = await jobs('--set', `order.migrate.contract=${version}`);
        const job = all.find(({ metadata }) => metadata.name.startsWith('outrider-order-'))!;
        return podTemplates([job])[0]!.pod.spec.containers[0]!.args;
      };
      expect(await argsOf(await releaseVersion(PROJECT_ROOT))).toEqual(['migrate', '--contract']);
      expect(await argsOf('0.0.9')).toEqual(['migrate']);
    });

    test('log in as the owner of the schema, which no process that serves does', async () => {
      const objects = await render(helm!, valuesOf('production'));
      for (const { of, pod } of podTemplates(objects)) {
        const text = JSON.stringify(pod);
        expect([of.metadata.name, /order-owner/u.test(text)]).toEqual([
          of.metadata.name,
          of.metadata.name.startsWith('outrider-order-migrate-'),
        ]);
      }
    });
  });

  test('a change of an address that pods read from a ConfigMap replaces them', async () => {
    const annotationsOf = async (...args: string[]) => {
      const worker = objectOf(await minimal(...args), 'Deployment', 'outrider-outbox-worker');
      return podTemplates([worker])[0]!.pod.metadata.annotations;
    };
    expect(await annotationsOf()).not.toEqual(await annotationsOf('--set', 'global.postgres.host=other'));
    expect(await annotationsOf()).toEqual(await annotationsOf('--set', 'order.replicas=7'));
  });

  describe('what is refused', () => {
    const refusal = (...args: string[]) =>
      minimal(...args).then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      );

    test.each([
      ['a key that is not known', ['--set', 'ordr.replicas=2'], `'ordr' not allowed`],
      ['one of a service', ['--set', 'order.replicsa=2'], `'replicsa' not allowed`],
      ['one of global', ['--set', 'global.kafka.borkers=a:1'], `at '/global/kafka': additional properties 'borkers'`],
      ['one of the worker', ['--set', 'outbox-worker.replica=2'], `'replica' not allowed`],
      ['one of the reconciler', ['--set', 'reconciler.databases.ordr.name=x'], `'ordr' not allowed`],
      ['a number as text', ['--set-string', 'order.replicas=2'], `at '/replicas': got string, want integer`],
      ['no pod at all', ['--set', 'order.replicas=0'], `at '/replicas'`],
      ['a preset that is not known', ['--set', 'order.database.preset=zalando'], `at '/database/preset'`],
      ['brokers without a port', ['--set', 'global.kafka.brokers=kafka'], `at '/global/kafka/brokers'`],
      ['a password in Redis’s URL', ['--set', 'product.redis.url=redis://a:b@c/0'], `at '/redis/url'`],
      [
        'two ways in',
        ['--set', 'order.ingress.enabled=true,order.httpRoute.enabled=true'],
        'order.ingress.enabled and order.httpRoute.enabled are both true',
      ],
      ['two who scale', ['--set', 'order.autoscaling.enabled=true,order.autoscaling.external=true'], 'are both true'],
      ['no issuer', ['--set', 'global.auth.issuer='], 'global.auth.issuer is missing: the `iss` of'],
      ['no keys of the issuer', ['--set', 'global.auth.jwks='], 'global.auth.jwks is missing'],
      ['no database server', ['--set', 'global.postgres.host='], 'global.postgres.host is missing'],
      [
        'no secret',
        ['--set', 'order.database.existingSecret='],
        'order.database.existingSecret is missing: the Secret',
      ],
      [
        'no secret of the worker',
        ['--set', 'outbox-worker.database.existingSecret='],
        'outbox-worker.databases.order.existingSecret is missing',
      ],
      [
        'no secret of the reconciler',
        ['--set', 'reconciler.database.existingSecret='],
        'reconciler.databases.order.existingSecret is missing',
      ],
      ['no brokers', ['--set', 'global.kafka.brokers='], 'global.kafka.brokers is missing'],
      [
        'no Kafka user',
        ['--set', 'global.kafka.authentication=scram-sha-512'],
        '.kafka.existingSecret is missing: the Secret of its Kafka user',
      ],
      ['no Redis', ['--set', 'product.redis.url='], 'product.redis.url is missing'],
      ['no provider', ['--set', 'payment.provider.existingSecret='], 'with the keys SIMULATOR_WEBHOOK_SECRET'],
      [
        'a setting that is the chart’s',
        ['--set', 'order.settings.PORT=1'],
        'order.settings.PORT is set by the chart: take it out',
      ],
    ])('%s', async (_what, args, message) => {
      expect(await refusal(...args)).toContain(message);
    });

    test('everything that is missing is said at once', async () => {
      const message = await refusal('--set', 'global.auth.issuer=,global.auth.audience=,global.kafka.brokers=');
      for (const key of ['global.auth.issuer', 'global.auth.audience', 'global.kafka.brokers']) {
        expect(message).toContain(`${key} is missing`);
      }
    });

    test('a release with a name that is too long', async () => {
      await expect(render(helm!, valuesOf('minimal'), { release: 'a'.repeat(40) })).rejects.toThrow('is too long');
    });
  });
});
