import { keyOf, type KubernetesObject } from './objects.js';

/** What happened to an object of a cache. */
export interface Change<T> {
  readonly object: T;
  readonly deleted: boolean;
}

/**
 * The objects of one kind as the API server last showed them, by key and by owner. What this process writes goes in at
 * once: nobody decides twice on what was before his own write.
 */
export class ObjectCache<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  /** keys by the uid of an owner */
  readonly #owned = new Map<string, Set<string>>();
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  /** everything up to here has been shown by the watch */
  #seen = '0';

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Those that name this uid among their owners. */
  ownedBy(uid: string): readonly T[] {
    return [...(this.#owned.get(uid) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** To be called with each change, after it. */
  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
  }

  /** What a list showed. What was written after it stays. */
  replace(objects: readonly T[], version: string): void {
    // a server that was restored from a backup counts from where it was then: what was known is of another time
    const isRestored = isNewer(this.#seen, version);
    const listed = new Set(objects.map(keyOf));
    for (const [key, object] of this.#objects) {
      if (isRestored || (!listed.has(key) && !isNewer(versionOf(object), version))) this.#remove(key, object);
    }
    for (const object of objects) this.#store(object);
    this.#seen = version;
  }

  /** What the watch showed. */
  shown(object: T): void {
    this.#advance(versionOf(object));
    this.#store(object);
  }

  /** What the watch showed as deleted. */
  deleted(object: T): void {
    this.#advance(versionOf(object));
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known !== undefined && !isNewer(versionOf(known), versionOf(object))) this.#remove(key, object);
  }

  /** The watch has shown everything up to this version. */
  bookmark(version: string): void {
    this.#advance(version);
  }

  /** What a write of this process was answered. What the watch has shown already, or what came after it, stays. */
  written(object: T): void {
    if (isNewer(versionOf(object), this.#seen)) this.#store(object);
  }

  #advance(version: string): void {
    if (isNewer(version, this.#seen)) this.#seen = version;
  }

  #store(object: T): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known !== undefined) {
      if (!isNewer(versionOf(object), versionOf(known))) return;
      this.#unindex(key, known);
    }
    this.#objects.set(key, object);
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      let keys = this.#owned.get(uid);
      if (keys === undefined) this.#owned.set(uid, (keys = new Set()));
      keys.add(key);
    }
    this.#report({ object, deleted: false });
  }

  #remove(key: string, object: T): void {
    const known = this.#objects.get(key);
    if (known !== undefined) this.#unindex(key, known);
    this.#objects.delete(key);
    this.#report({ object, deleted: true });
  }

  #unindex(key: string, { metadata }: T): void {
    for (const { uid } of metadata.ownerReferences ?? []) {
      const keys = this.#owned.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#owned.delete(uid);
    }
  }

  #report(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function versionOf({ metadata }: KubernetesObject): string {
  return metadata.resourceVersion ?? '0';
}

/** Versions are whole numbers of any length, written without leading zeros. */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}
