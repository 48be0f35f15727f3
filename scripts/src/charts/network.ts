import type { KubernetesObject } from './objects.js';

interface Opening {
  readonly what: string;
  readonly ports: string;
  readonly peers: string;
}

interface Rule {
  readonly ports?: readonly { readonly port: number | string; readonly protocol: string }[];
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}
interface Peer {
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}
interface Policy {
  readonly podSelector: Selector;
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/** Who may talk to whom, as a table: each NetworkPolicy's pods, direction, ports and peers. */
export function networkTable(objects: readonly KubernetesObject[]): string {
  const rows = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ metadata, ...object }) => ({ name: metadata.name, policy: object['spec'] as Policy }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap(({ policy }) => {
      const pods = policy.podSelector.matchLabels?.['app.kubernetes.io/name'];
      if (pods === undefined) return [];
      const cells = ({ what, ports, peers }: Opening) => `| ${pods} | ${what} | ${ports} | ${peers} |`;
      return [
        ...(policy.ingress ?? []).map((rule) => cells(opening('is reached by', rule, rule.from))),
        ...(policy.egress ?? []).map((rule) => cells(opening('reaches', rule, rule.to))),
      ];
    });
  return ['| pods | | ports | peers |', '|---|---|---|---|', ...rows].join('\n');
}

function opening(what: string, { ports }: Rule, peers: readonly Peer[] | undefined): Opening {
  const named = (ports ?? []).map(({ port, protocol }) => (protocol === 'TCP' ? `${port}` : `${port}/${protocol}`));
  return {
    what,
    ports: named.length === 0 ? 'all' : named.join(', '),
    peers: peers === undefined || peers.length === 0 ? 'anything' : peers.map(peerText).join('; '),
  };
}

function peerText({ namespaceSelector, podSelector, ipBlock }: Peer): string {
  const parts = [
    ...(podSelector === undefined ? [] : [`pods ${labels(podSelector)}`]),
    ...(namespaceSelector === undefined ? [] : [`namespace ${labels(namespaceSelector)}`]),
    ...(ipBlock === undefined ? [] : [ipBlock.cidr]),
  ];
  return parts.join(' in ');
}

function labels({ matchLabels }: Selector): string {
  const all = Object.entries(matchLabels ?? {});
  if (all.length === 0) return 'any';
  return all
    .map(([key, value]) => `\`${key === 'kubernetes.io/metadata.name' ? value : `${key}=${value}`}\``)
    .join(' ');
}

/** The text of docs/network.md, from what production.yaml is rendered to. */
export function networkText(objects: readonly KubernetesObject[]): string {
  return `# Who may talk to whom

What the NetworkPolicies of the charts open, with the values of \`charts/outrider/examples/production.yaml\`; everything
else is denied to all pods of the installation. \`npm run docs:network\` writes this file from the policies themselves.
Policies work only where the cluster's network plugin enforces them: the node of this project's own tests does not, so
there they are checked by what they say.

${networkTable(objects)}

The admin port (9090) is reached by \`global.networkPolicy.monitoring\` and \`global.networkPolicy.operator\` alone; the
kubelet's probes and \`kubectl port-forward\` come from the node and are not subject to policies in most plugins. Ports of
servers follow from the values (\`global.kafka.brokers\`, \`global.postgres.port\`, \`redis.url\`, \`global.auth.jwks\`); where
they are is narrowed by \`global.networkPolicy.postgres\`, \`.kafka\`, \`.issuer\`, \`.dns\`, and by \`networkPolicy.redis\` and
\`networkPolicy.provider\` of product and payment.
`;
}
