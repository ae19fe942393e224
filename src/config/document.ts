import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Fault, Path, Place } from './faults.js';
import { syntaxFaults } from './syntax.js';
import { createPlaces, type Places, type Tree } from './tree.js';

/** Nodes read at most, aliases followed: nine lines of anchors can stand for a billion. */
const maxNodes = 20_000;

/** A configuration file, read. */
export interface ConfigDocument {
  readonly tree: Tree;
  readonly places: Places;
  readonly faults: readonly Fault[];
  /** The file cannot be read as YAML: there is nothing to judge. */
  readonly broken: boolean;
}

/** Gives what a text stands for. */
export type Expand = (text: string, path: Path, place: Place) => string;

/** One reading under way. */
const createReader = (document: Document, placeAt: (offset: number) => Place, expand: Expand) => {
  const places = createPlaces();
  const faults: Fault[] = [];
  /** What is being read around the node at hand. */
  const around = new Set<Node>();
  let nodes = 0;

  const readAlias = (alias: Alias, path: Path): Tree => {
    const target = alias.resolve(document);
    if (target === undefined || around.has(target)) {
      const message = target === undefined ? 'this alias has no anchor before it' : 'this alias stands for something that contains it';
      faults.push({ place: places.of(path), path, message });
      return undefined;
    }
    return read(target, path);
  };

  const readMap = (map: YAMLMap, path: Path): Tree => {
    const entries = new Map<string, Tree>();
    for (const { key, value } of map.items) {
      const keyPlace = placeAt((isScalar(key) && key.range?.[0]) || map.range?.[0] || 0);
      if (!isScalar(key)) {
        faults.push({ place: keyPlace, path, message: syntaxFaults.NON_STRING_KEY });
        continue;
      }
      const name = String(key.value);
      if (entries.has(name)) faults.push({ place: keyPlace, path: [...path, name], message: syntaxFaults.DUPLICATE_KEY });
      const below = readAt(value as Node | null, [...path, name], keyPlace);
      entries.set(name, below);
    }
    return Object.fromEntries([...entries].filter(([, value]) => value !== undefined));
  };

  const readInside = (node: Node, path: Path): Tree => {
    if (isMap(node)) return readMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => readAt(item as Node | null, [...path, index]));
    if (isAlias(node)) return readAlias(node, path);
    return typeof node.value === 'string' ? expand(node.value, path, places.of(path)) : (node.value ?? undefined);
  };

  const read = (node: Node | null, path: Path): Tree => {
    nodes += 1;
    if (node === null || nodes > maxNodes) return undefined;
    around.add(node);
    const tree = readInside(node, path);
    around.delete(node);
    return tree;
  };

  const readAt = (node: Node | null, path: Path, keyPlace?: Place): Tree => {
    const offset = node?.range?.[0];
    places.set(path, offset === undefined ? (keyPlace ?? places.of(path)) : placeAt(offset), keyPlace);
    return read(node, path);
  };

  const tree = readAt(document.contents, []);
  if (nodes > maxNodes) faults.push({ place: { in: 'whole' }, path: [], message: `holds more than ${maxNodes} values, aliases counted` });
  return { tree, places, faults };
};

/** Reads YAML into a tree that knows its places. Null means absent, as in `server:` with everything below commented out. */
export const readDocument = (text: string, expand: Expand): ConfigDocument => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { in: 'file', line, column: col };
  };
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const faults = problems.map((each) => ({ place: placeAt(each.pos[0]), path: [], message: syntaxFaults[each.code] }));
    return { tree: undefined, places: createPlaces(), faults, broken: true };
  }
  return { ...createReader(document, placeAt, expand), broken: false };
};
