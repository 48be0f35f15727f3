import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { FIELD_MANAGER } from '../api/names.js';
import { clientOf, CONFIG_MAP, createNamespace, type ConfigMap } from '../testing/namespace.js';
import { ApiError, EVENT, FencedWriter, pathOf, recordEvent, type ApiClient } from './index.js';

const available = await OwnApiServer.available();
const LEADS = { signal: new AbortController().signal, remainingMs: () => 60_000 };

(available ? describe : describe.skip)('writes (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let client: ApiClient;
  let namespace: string;
  let writer: FencedWriter;

  beforeAll(async () => {
    server = await OwnApiServer.open();
    client = await clientOf(server.adminKubeconfig());
    namespace = await createNamespace(client);
    writer = new FencedWriter(client, LEADS);
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const wanted = (name: string, data: Record<string, string>, metadata = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, ...metadata },
    data,
  });
  const read = (name: string) =>
    client.request<ConfigMap>({ method: 'GET', path: pathOf(CONFIG_MAP, namespace, name) });
  const events = async (name: string) =>
    (
      await client.request<{ items: { metadata: { name: string }; count: number; message: string }[] }>({
        method: 'GET',
        path: pathOf(EVENT, namespace),
        query: { fieldSelector: `involvedObject.name=${name}` },
      })
    ).items;
  const patch = (name: string, body: object) =>
    client.request<ConfigMap>({
      method: 'PATCH',
      path: pathOf(CONFIG_MAP, namespace, name),
      contentType: 'application/merge-patch+json',
      query: { fieldManager: 'somebody' },
      body,
    });

  test('our fields become what they are to be, no matter who wrote them; fields of others stay', async () => {
    await writer.apply(CONFIG_MAP, wanted('shared', { ours: '1', dropped: '1' }));
    await patch('shared', { data: { ours: 'edited', theirs: '1' } });
    await writer.apply(CONFIG_MAP, wanted('shared', { ours: '2' }));
    const now = await read('shared');
    expect(now.data).toEqual({ ours: '2', theirs: '1' });
    const fields = (now.metadata as unknown as { managedFields: { manager: string; fieldsV1: object }[] })
      .managedFields;
    const owners = (field: string) =>
      fields.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes(`f:${field}`)).map(({ manager }) => manager);
    expect(owners('ours')).toEqual([FIELD_MANAGER]);
    expect(owners('theirs')).toEqual(['somebody']);
  });

  test('the same again changes nothing, not even the version', async () => {
    const first = await writer.apply<ConfigMap>(CONFIG_MAP, wanted('same', { a: '1' }));
    const again = await writer.apply<ConfigMap>(CONFIG_MAP, wanted('same', { a: '1' }));
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('with the version that was read, it is refused when somebody has written since', async () => {
    const { metadata } = await writer.apply<ConfigMap>(CONFIG_MAP, wanted('versioned', { a: '1' }));
    await patch('versioned', { data: { b: '1' } });
    const { resourceVersion } = metadata;
    const refused = await writer
      .apply(CONFIG_MAP, wanted('versioned', { a: '2' }), { resourceVersion })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect((refused as ApiError).conflict).toBe(true);
    expect((await read('versioned')).data).toEqual({ a: '1', b: '1' });
  });

  test('written whole, what others have added is gone', async () => {
    await writer.apply(CONFIG_MAP, wanted('whole', { ours: '1' }));
    const { metadata } = await patch('whole', { data: { theirs: '1' } });
    await writer.replace(CONFIG_MAP, wanted('whole', { ours: '1' }), metadata.resourceVersion ?? '');
    expect((await read('whole')).data).toEqual({ ours: '1' });
    await expect(writer.replace(CONFIG_MAP, wanted('whole', {}), metadata.resourceVersion ?? '')).rejects.toThrow(
      ApiError,
    );
  });

  test('creates once, and deletes what it saw and nothing that took its name', async () => {
    const made = await writer.create<ConfigMap>(CONFIG_MAP, wanted('once', { a: '1' }));
    expect(await writer.create(CONFIG_MAP, wanted('once', { a: '2' }))).toBeUndefined();
    const uid = made?.metadata.uid ?? '';
    expect(await writer.delete(CONFIG_MAP, wanted('once', {}), { uid: '00000000-0000-0000-0000-000000000000' })).toBe(
      false,
    );
    expect((await read('once')).data).toEqual({ a: '1' });
    expect(await writer.delete(CONFIG_MAP, wanted('once', {}), { uid })).toBe(true);
    expect(await writer.delete(CONFIG_MAP, wanted('once', {}), { uid })).toBe(false);
  });

  test('an annotation goes if it still says what was read', async () => {
    const annotations = { 'commerce.outrider.dev/promote': 'abc', kept: '1' };
    const object = await writer.apply<ConfigMap>(CONFIG_MAP, wanted('annotated', {}, { annotations }));
    const remove = (value: string) =>
      writer.removeAnnotation(CONFIG_MAP, object, 'commerce.outrider.dev/promote', value);
    await patch('annotated', { metadata: { annotations: { 'commerce.outrider.dev/promote': 'def' } } });
    expect(await remove('abc')).toBeUndefined();
    expect((await read('annotated')).metadata.annotations).toMatchObject({ 'commerce.outrider.dev/promote': 'def' });
    expect(await remove('def')).toBeDefined();
    expect((await read('annotated')).metadata.annotations).toEqual({ kept: '1' });
    expect(await remove('def')).toBeUndefined();
  });

  test('an event is written once for each key, also by another process', async () => {
    const about = { ...(await writer.apply<ConfigMap>(CONFIG_MAP, wanted('reported', {}))), ...CONFIG_MAP };
    const text = { key: 'promote/abc', type: 'Warning', reason: 'Refused', message: 'abc is not the canary' } as const;
    for (const pod of ['pod-1', 'pod-1', 'pod-2']) await recordEvent(writer, about, text, pod);
    expect((await events('reported')).map(({ message }) => message)).toEqual(['abc is not the canary']);
    await recordEvent(writer, about, { ...text, key: 'promote/def', message: 'x'.repeat(2_000) }, 'pod-1');
    expect(await events('reported')).toHaveLength(2);
  });
});
