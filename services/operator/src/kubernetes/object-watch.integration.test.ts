import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startTcpProxy, until, type TcpProxy } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { clientOf, CONFIG_MAP, createAccount, createNamespace, type ConfigMap } from '../testing/namespace.js';
import {
  ApiClient,
  kubeconfigAccess,
  ObjectCache,
  ObjectWatch,
  pathOf,
  WATCH_TIMES,
  type RestartReason,
} from './index.js';

const available = await OwnApiServer.available();
const log = { info: () => undefined, warn: () => undefined };
const QUICK = { ...WATCH_TIMES, relistJitterMs: 50, firstBackoffMs: 50, longestBackoffMs: 500 };

(available ? describe : describe.skip)('a watch (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let admin: ApiClient;
  let proxy: TcpProxy;
  let client: ApiClient;
  let namespace: string;
  const watches: ObjectWatch<ConfigMap>[] = [];

  beforeAll(async () => {
    server = await OwnApiServer.open();
    admin = await clientOf(server.adminKubeconfig());
    namespace = await createNamespace(admin);
    proxy = await startTcpProxy(server.url);
    client = await clientOf(server.adminKubeconfig(proxy.url));
  }, 120_000);
  afterEach(async () => {
    await proxy.restore();
    for (const watch of watches.splice(0)) await watch.close();
  });
  afterAll(async () => {
    client?.close();
    admin?.close();
    await proxy?.close();
    await server?.[Symbol.asyncDispose]();
  });

  function open(times = QUICK, labelSelector?: string) {
    const cache = new ObjectCache<ConfigMap>();
    const restarts: RestartReason[] = [];
    const watched = { resource: CONFIG_MAP, namespace, labelSelector };
    const watch = new ObjectWatch(client, watched, cache, log, (reason) => restarts.push(reason), times);
    watches.push(watch);
    watch.start();
    return { cache, watch, restarts, value: (name: string) => cache.get(`${namespace}/${name}`)?.data?.['value'] };
  }

  async function put(name: string, value: string, labels = {}): Promise<ConfigMap> {
    return admin.request({
      method: 'PATCH',
      path: pathOf(CONFIG_MAP, namespace, name),
      query: { fieldManager: 'test', force: true },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { value } },
    });
  }
  const remove = (name: string) => admin.request({ method: 'DELETE', path: pathOf(CONFIG_MAP, namespace, name) });

  test('shows what is there, what comes, what changes and what goes', async () => {
    await put('before', '1');
    const { watch, cache, value, restarts } = open();
    await watch.synced;
    expect(value('before')).toBe('1');
    await put('before', '2');
    await put('after', '1');
    await until('both are seen', () => value('before') === '2' && value('after') === '1');
    await remove('before');
    await until('it is gone', () => cache.get(`${namespace}/before`) === undefined);
    expect(restarts).toEqual([]);
  });

  test('shows those of a selector alone, and an object that leaves it as gone', async () => {
    await put('selected', '1', { of: 'selector' });
    const { watch, cache, value } = open(QUICK, 'of=selector');
    await watch.synced;
    expect(cache.size).toBe(1);
    await put('other', '1');
    await put('selected', '2', {});
    await until('it left', () => cache.size === 0);
    await put('selected', '3', { of: 'selector' });
    await until('it is back', () => value('selected') === '3');
  });

  test('lists in pages', async () => {
    // a few at a time: each request has the time that requests have
    for (let from = 0; from < 520; from += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => put(`many-${from + index}`, '1', { of: 'many' })));
    }
    const { watch, cache } = open(QUICK, 'of=many');
    await watch.synced;
    expect(cache.size).toBe(520);
  });

  test('goes on when the server ends it in time', async () => {
    const { watch, value, restarts } = open({ ...QUICK, watchSeconds: 1 });
    await watch.synced;
    for (const round of ['1', '2', '3', '4']) {
      await put('timed', round);
      await until(`round ${round} is seen`, () => value('timed') === round);
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    expect(restarts).toEqual([]);
  });

  test('over which nothing comes any more is begun again', async () => {
    const { watch, value, restarts } = open({ ...QUICK, silentMs: 1_500 });
    await watch.synced;
    await put('silent', '1');
    await until('it is seen', () => value('silent') === '1');
    proxy.hang();
    await put('silent', '2');
    await until('the silence is noticed', () => restarts.includes('silent'));
    await proxy.restore();
    await until('what was missed is seen', () => value('silent') === '2');
  });

  test('survives an API server that is killed and started again, and misses nothing', async () => {
    const { watch, cache, value } = open();
    await put('killed', '1');
    await put('going', '1');
    await watch.synced;
    await server.kill();
    await server.start();
    await put('killed', '2');
    await remove('going');
    await until('what came after is seen', () => value('killed') === '2');
    await until('what went is gone', () => cache.get(`${namespace}/going`) === undefined);
  });

  test('lists again when the history that it asks for is no longer kept', async () => {
    const { watch, cache, value, restarts } = open();
    await put('expired', '1');
    await put('lost', '1');
    await watch.synced;
    await until('both are seen', () => value('expired') === '1' && value('lost') === '1');
    await proxy.cut();
    await remove('lost');
    await put('expired', '2');
    await server.forgetHistory();
    await put('expired', '3');
    await proxy.restore();
    await until('the present is seen', () => value('expired') === '3');
    expect(cache.get(`${namespace}/lost`)).toBeUndefined();
    expect(restarts).toContain('expired');
  });

  test('shows what there is on a server that was restored from a backup, and counts from an earlier version', async () => {
    await using restored = await OwnApiServer.open();
    const after = await clientOf(restored.adminKubeconfig());
    const write = (path: string, body: object) => after.request({ method: 'POST', path, body });
    await write('/api/v1/namespaces', { metadata: { name: namespace } });
    await write(pathOf(CONFIG_MAP, namespace), { metadata: { name: 'restored' }, data: { value: 'of the backup' } });
    for (let round = 0; round < 100; round += 1) await put('restored', `later ${round}`);
    await put('not-in-the-backup', '1');
    let access = await kubeconfigAccess(server.kubeconfig);
    const moved = new ApiClient({
      namespace,
      get server() {
        return access.server;
      },
      credentials: async () => access.credentials(),
    });
    const cache = new ObjectCache<ConfigMap>();
    const times = { ...QUICK, silentMs: 1_500 };
    const watch = new ObjectWatch(moved, { resource: CONFIG_MAP, namespace }, cache, log, () => undefined, times);
    watches.push(watch);
    watch.start();
    await watch.synced;
    expect(cache.get(`${namespace}/restored`)?.data?.['value']).toBe('later 99');
    access = await kubeconfigAccess(restored.kubeconfig);
    moved.close();
    await until(
      'it is as in the backup',
      () => cache.get(`${namespace}/restored`)?.data?.['value'] === 'of the backup',
    );
    expect(cache.get(`${namespace}/not-in-the-backup`)).toBeUndefined();
    for (const client of [moved, after]) client.close();
  });

  test('waits as long as it is asked to by a server that has too much to do, and is there afterwards', async () => {
    await using busy = await OwnApiServer.open({
      flags: { '--enable-priority-and-fairness': 'false', '--max-requests-inflight': '1' },
    });
    const master = await clientOf(busy.adminKubeconfig());
    // those who may do everything by their group are never asked to wait
    const token = await createAccount(master, 'default', { clusterRole: 'cluster-admin' });
    const statuses: (number | 'none')[] = [];
    const own = await clientOf(busy.kubeconfigFor(token), (_call, status) => statuses.push(status));
    const caches = Array.from({ length: 40 }, () => new ObjectCache<ConfigMap>());
    const many = caches.map(
      (cache) => new ObjectWatch(own, { resource: CONFIG_MAP }, cache, log, () => undefined, QUICK),
    );
    for (const watch of many) watch.start();
    await Promise.all(many.map(({ synced }) => synced));
    for (const watch of many) await watch.close();
    for (const client of [master, own]) client.close();
    expect(statuses).toContain(429);
  });
});
