import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startTcpProxy, until, type TcpProxy } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { clientOf, CONFIG_MAP, createNamespace, type ConfigMap } from '../testing/namespace.js';
import {
  FencedWriter,
  LeaderElection,
  LeadershipLostError,
  LEASE,
  pathOf,
  type ApiClient,
  type KubernetesObject,
  type Leadership,
} from './index.js';

const available = await OwnApiServer.available();
const log = { info: () => undefined, warn: () => undefined };
const TIMES = { leaseMs: 3_000, deadlineMs: 2_000, retryMs: 300 };

(available ? describe : describe.skip)('the election (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let admin: ApiClient;
  let proxy: TcpProxy;
  let far: ApiClient;
  let namespace: string;
  const elections: LeaderElection[] = [];

  beforeAll(async () => {
    server = await OwnApiServer.open();
    admin = await clientOf(server.adminKubeconfig());
    proxy = await startTcpProxy(server.url);
    far = await clientOf(server.adminKubeconfig(proxy.url));
  }, 120_000);
  afterEach(async () => {
    await proxy.restore();
    proxy.release();
    for (const election of elections.splice(0)) await election.close();
  });
  afterAll(async () => {
    far?.close();
    admin?.close();
    await proxy?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** A process that stands for election: what it holds is its leadership, while it has it. */
  function stand(client: ApiClient, identity: string, times = TIMES) {
    const election = new LeaderElection(client, { namespace, name: 'operator', identity }, log, times);
    elections.push(election);
    const member: { leadership: Leadership | undefined; terms: number; close: () => Promise<void> } = {
      leadership: undefined,
      terms: 0,
      close: () => election.close(),
    };
    election.start(async (leadership) => {
      member.leadership = leadership;
      member.terms += 1;
      await new Promise<void>((resolve) => leadership.signal.addEventListener('abort', () => resolve()));
      member.leadership = undefined;
    });
    return member;
  }

  const holder = async () =>
    (
      await admin.request<KubernetesObject & { spec: { holderIdentity?: string } }>({
        method: 'GET',
        path: pathOf(LEASE, namespace, 'operator'),
      })
    ).spec.holderIdentity;

  test('one of two leads, and the other one follows at once when it stops', async () => {
    namespace = await createNamespace(admin);
    const one = stand(admin, 'one');
    await until('one leads', () => one.leadership !== undefined);
    const other = stand(admin, 'other');
    await new Promise((resolve) => setTimeout(resolve, TIMES.leaseMs * 1.5));
    expect([one.terms, other.terms]).toEqual([1, 0]);
    await one.close();
    expect(one.leadership).toBeUndefined();
    await until('the other leads', () => other.leadership !== undefined);
    expect(await holder()).toBe('other');
  });

  test('of ten that begin together one leads', async () => {
    namespace = await createNamespace(admin);
    const members = Array.from({ length: 10 }, (_, index) => stand(admin, `member-${index}`));
    await until('one leads', () => members.some(({ leadership }) => leadership !== undefined));
    await new Promise((resolve) => setTimeout(resolve, TIMES.leaseMs));
    expect(members.filter(({ leadership }) => leadership !== undefined)).toHaveLength(1);
  });

  test('who is cut off stops before another one begins, and leads again only when that one is gone', async () => {
    namespace = await createNamespace(admin);
    const one = stand(far, 'one');
    await until('one leads', () => one.leadership !== undefined);
    const other = stand(admin, 'other');
    let both = false;
    const watching = setInterval(() => (both ||= one.leadership !== undefined && other.leadership !== undefined), 5);
    proxy.hang();
    await until('the other leads', () => other.leadership !== undefined);
    await proxy.restore();
    await new Promise((resolve) => setTimeout(resolve, TIMES.leaseMs));
    clearInterval(watching);
    expect(both).toBe(false);
    expect(one.leadership).toBeUndefined();
    await other.close();
    await until('one leads again', () => one.leadership !== undefined);
  });

  test('goes on leading when the API server is away for less than the deadline', async () => {
    namespace = await createNamespace(admin);
    const one = stand(far, 'one', { leaseMs: 20_000, deadlineMs: 15_000, retryMs: 300 });
    await until('one leads', () => one.leadership !== undefined);
    proxy.hang();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await proxy.restore();
    const before = one.leadership?.remainingMs() ?? 0;
    await until('it is renewed', () => (one.leadership?.remainingMs() ?? 0) > before);
    expect(one.terms).toBe(1);
  });

  test('who lost the lease in the middle of an action writes nothing more, nor does what he had sent', async () => {
    namespace = await createNamespace(admin);
    const map = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'written' },
      data: { value },
    });
    const one = stand(far, 'one');
    await until('one leads', () => one.leadership !== undefined);
    const oneWrites = new FencedWriter(far, one.leadership!);
    const first = await oneWrites.apply<ConfigMap>(CONFIG_MAP, map('first'));
    const { resourceVersion } = first.metadata;

    // the action is under way: its write has left, and waits somewhere on the way
    proxy.hold();
    const late = oneWrites.apply(CONFIG_MAP, map('late'), { resourceVersion }).catch((error: unknown) => error);
    const other = stand(admin, 'other');
    await until('the other leads', () => other.leadership !== undefined);
    const otherWrites = new FencedWriter(admin, other.leadership!);
    await otherWrites.apply(CONFIG_MAP, map('second'), { resourceVersion });
    proxy.release();

    expect(await late).toBeInstanceOf(Error);
    await expect(oneWrites.apply(CONFIG_MAP, map('later'))).rejects.toThrow(LeadershipLostError);
    await expect(oneWrites.delete(CONFIG_MAP, map('x'), { uid: first.metadata.uid ?? '' })).rejects.toThrow(
      LeadershipLostError,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await admin.request<ConfigMap>({ method: 'GET', path: pathOf(CONFIG_MAP, namespace, 'written') });
    expect(now.data?.['value']).toBe('second');
  });
});
