/** A form's fields as Stripe reads them: `metadata[order]=7` is a member of a member, `expand[0]=a` of a list. */
export type Fields = { readonly [name: string]: string | Fields | readonly string[] };

const NAME = /^([a-z_]{1,60})((?:\[[\w.-]{1,60}\])*)$/u;

/** @returns undefined when a name is none, or one field is used as two different things */
export function readForm(params: URLSearchParams): Fields | undefined {
  const root = newNode();
  for (const [name, value] of params) {
    const match = NAME.exec(name);
    if (match === null) return undefined;
    const path = [match[1] ?? '', ...(match[2] ?? '').split(/[[\]]+/u).filter((part) => part !== '')];
    const last = path.pop() ?? '';
    let node = root;
    for (const part of path) {
      const next = node.get(part) ?? newNode();
      if (typeof next === 'string') return undefined;
      node.set(part, next);
      node = next;
    }
    if (node.has(last)) return undefined;
    node.set(last, value);
  }
  return fieldsOf(root);
}

type Node = Map<string, string | Node>;

function newNode(): Node {
  return new Map();
}

function fieldsOf(node: Node): Fields {
  return Object.fromEntries(
    [...node].map(([name, value]) => [name, typeof value === 'string' ? value : branch(value)]),
  );
}

function branch(node: Node): Fields | readonly string[] {
  const values = [...node.values()].filter((value) => typeof value === 'string');
  const list = values.length === node.size && [...node.keys()].every((name, index) => name === String(index));
  return list ? values : fieldsOf(node);
}
