import { parse } from '@babel/parser';
import type * as t from '@babel/types';
import type { Edit } from './edit.js';
import { looksLikeSql, sqlEdits } from './sql-edits.js';

/** What an operator becomes; several where both are worth a try. */
const BINARY: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
};

/** Calls whose result may be left as it was before: `items.filter(f)` becomes `items`. */
const DROPPED_CALLS = new Set(['filter', 'sort', 'toSorted', 'slice', 'reverse', 'toReversed', 'trim', 'toLowerCase']);

const RENAMED_CALLS: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' };

/** Calls that walk through several things: the first alone is tried. */
const WALKS = new Set(['map', 'flatMap', 'filter', 'reduce', 'some', 'every', 'find', 'forEach']);

/** Parts of the syntax tree without behaviour: types, imports, and names of keys. */
const NO_BEHAVIOUR = /^(?:TS(?!AsExpression|NonNull|Satisfies|ParameterProperty)|ImportDeclaration|Decorator)/u;

/**
 * All single edits of a TypeScript source that are worth a test run, in the order of the text.
 *
 * @throws SyntaxError when it cannot be parsed
 */
export function codeEdits(source: string): Edit[] {
  const file = parse(source, { sourceType: 'module', plugins: ['typescript', 'decorators-legacy'] });
  const edits = new Edits(source);
  walk(file.program, edits);
  return edits.all.sort((one, other) => one.start - other.start || one.end - other.end);
}

function walk(node: t.Node, edits: Edits): void {
  if (NO_BEHAVIOUR.test(node.type)) return;
  editsOf(node, edits);
  for (const [key, value] of Object.entries(node)) {
    if (key === 'key' || key === 'loc' || key.endsWith('Comments')) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, edits);
  }
}

function isNode(value: unknown): value is t.Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

class Edits {
  readonly all: Edit[] = [];

  constructor(readonly source: string) {}

  text(node: t.Node): string {
    return this.source.slice(node.start ?? 0, node.end ?? 0);
  }

  replace(node: t.Node, text: string, operator: string): void {
    if (text !== this.text(node)) this.between(node.start, node.end, text, operator);
  }

  between(start: number | null | undefined, end: number | null | undefined, text: string, operator: string): void {
    this.all.push({ start: start ?? 0, end: end ?? 0, text, operator });
  }

  /** A member of a list, with the comma after it or, for the last, before it. */
  dropFromList(items: readonly (t.Node | null)[], operator: string): void {
    items.forEach((item, at) => {
      const next = items[at + 1];
      const before = items[at - 1];
      if (!item) return;
      if (next) this.between(item.start, next.start, '', operator);
      else this.between(before ? before.end : item.start, item.end, '', operator);
    });
  }
}

function editsOf(node: t.Node, edits: Edits): void {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      edits.replace(node.test, 'true', 'condition is true');
      edits.replace(node.test, 'false', 'condition is false');
      break;
    case 'WhileStatement':
      edits.replace(node.test, 'false', 'condition is false');
      break;
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      operatorEdits(node, edits);
      break;
    case 'UpdateExpression':
      edits.replace(
        node,
        edits.text(node).replaceAll(/\+\+|--/gu, (found) => (found === '++' ? '--' : '++')),
        'count',
      );
      break;
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '-') edits.replace(node, edits.text(node.argument), 'drop sign');
      break;
    case 'NumericLiteral':
      edits.replace(node, String(node.value + 1), 'number plus one');
      break;
    case 'BooleanLiteral':
      edits.replace(node, String(!node.value), 'flip boolean');
      break;
    case 'RegExpLiteral':
      if (node.pattern.startsWith('^')) edits.replace(node, `/${node.pattern.slice(1)}/${node.flags}`, 'drop ^');
      if (node.pattern.endsWith('$')) edits.replace(node, `/${node.pattern.slice(0, -1)}/${node.flags}`, 'drop $');
      break;
    case 'ExpressionStatement':
    case 'ThrowStatement':
    case 'ContinueStatement':
    case 'BreakStatement':
      edits.replace(node, ';', 'drop statement');
      break;
    case 'ReturnStatement':
      if (!node.argument) edits.replace(node, ';', 'drop statement');
      break;
    case 'ForOfStatement':
      edits.replace(node.right, `[...${edits.text(node.right)}].slice(0, 1)`, 'first only');
      break;
    case 'SwitchCase':
      if (node.test?.type === 'StringLiteral') edits.replace(node.test, `'no such case' as never`, 'drop case');
      break;
    case 'ArrayExpression':
      edits.dropFromList(node.elements, 'drop element');
      break;
    case 'ObjectExpression':
      edits.dropFromList(node.properties, 'drop member');
      break;
    case 'CallExpression':
    case 'OptionalCallExpression':
      callEdits(node, edits);
      break;
    case 'StringLiteral':
      if (looksLikeSql(node.value)) edits.all.push(...sqlEdits(node.value, (node.start ?? 0) + 1));
      break;
    case 'TemplateLiteral':
      if (looksLikeSql(edits.text(node))) {
        for (const part of node.quasis) edits.all.push(...sqlEdits(part.value.raw, part.start ?? 0));
      }
      break;
    default:
  }
}

function operatorEdits(node: t.BinaryExpression | t.LogicalExpression | t.AssignmentExpression, edits: Edits): void {
  const { left, right, operator } = node;
  if (operator === '??') {
    edits.replace(node, edits.text(left), 'drop default');
    return;
  }
  if (operator === '&&' || operator === '||') {
    edits.replace(node, edits.text(left), 'left alone');
    edits.replace(node, edits.text(right), 'right alone');
  }
  // a plus with a text is no sum
  if (operator === '+' && (isText(left) || isText(right))) return;
  const between = edits.source.slice(left.end ?? 0, right.start ?? 0);
  const at = (left.end ?? 0) + between.indexOf(operator);
  for (const other of BINARY[operator] ?? []) edits.between(at, at + operator.length, other, `${operator} to ${other}`);
}

function isText(node: t.Node): boolean {
  if (node.type === 'BinaryExpression') return isText(node.left) || isText(node.right);
  return node.type === 'StringLiteral' || node.type === 'TemplateLiteral';
}

function callEdits(node: t.CallExpression | t.OptionalCallExpression, edits: Edits): void {
  const { callee } = node;
  if (callee.type !== 'MemberExpression' && callee.type !== 'OptionalMemberExpression') return;
  if (callee.property.type !== 'Identifier') return;
  const { name } = callee.property;
  const renamed = RENAMED_CALLS[name];
  if (DROPPED_CALLS.has(name)) edits.replace(node, edits.text(callee.object), `drop ${name}()`);
  if (renamed !== undefined) edits.replace(callee.property, renamed, `${name} to ${renamed}`);
  if (WALKS.has(name) && callee.object.type !== 'ArrayExpression') {
    edits.replace(callee.object, `[...${edits.text(callee.object)}].slice(0, 1)`, 'first only');
  }
}
