import { until } from '@outrider/testkit';
import type { CommerceService } from '../api/commerce-service.js';
import { commandAnnotation, type CommandName } from '../api/names.js';
import { pathOf, type ApiClient } from '../kubernetes/index.js';
import { KINDS } from '../observe/kinds.js';
import { createNamespace } from './namespace.js';
import { NodeStandIn, type Behaviour } from './node-stand-in.js';
import type { Status } from './service-under-test.js';

/** A namespace for what charts install, whose pods are stood in for: ready, and Jobs completed, unless said. */
export class InstallationUnderTest {
  readonly #behaviours: { readonly images: RegExp; readonly behaviour: Behaviour }[] = [];

  private constructor(
    private readonly client: ApiClient,
    readonly namespace: string,
    private readonly node: NodeStandIn,
  ) {}

  static async open(client: ApiClient): Promise<InstallationUnderTest> {
    const namespace = await createNamespace(client);
    const node: NodeStandIn = new NodeStandIn(client, namespace, (image) => under.#behaviourOf(image));
    const under = new InstallationUnderTest(client, namespace, node);
    node.start();
    return under;
  }

  /** How pods of images are from now on. */
  behave(images: RegExp, behaviour: Behaviour): void {
    this.#behaviours.push({ images, behaviour });
  }

  /** The status of a CommerceService. */
  async status(name: string): Promise<Status> {
    return (await this.#read(name)).status ?? {};
  }

  /** `kubectl annotate` of a command. Resolves once it was taken away. */
  async command(name: string, command: CommandName, value: string): Promise<void> {
    const annotation = commandAnnotation(command);
    await this.client.request({
      method: 'PATCH',
      path: pathOf(KINDS.CommerceService, this.namespace, name),
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { [annotation]: value } } },
    });
    await until(`${command} was taken away`, async () => {
      return (await this.#read(name)).metadata.annotations?.[annotation] === undefined;
    });
  }

  async close(): Promise<void> {
    await this.node.close();
  }

  #read(name: string): Promise<CommerceService> {
    return this.client.request({ method: 'GET', path: pathOf(KINDS.CommerceService, this.namespace, name) });
  }

  #behaviourOf(image: string): Behaviour {
    return this.#behaviours.find(({ images }) => images.test(image))?.behaviour ?? {};
  }
}
