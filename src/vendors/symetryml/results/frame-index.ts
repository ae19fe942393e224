import type { FrameIndex } from './body-index.js';
import { tokens } from './json-scanner.js';
import { tokenText } from './json-text.js';

/** Keys under which the vendor hands over data frames (SymetryML 6.3, Appendix A). */
export const frameKeys: ReadonlySet<string> = new Set(['dataframe', 'pcaVectors', 'pcaValues']);

/** Most offsets kept of one frame; beyond, every second one is dropped and the stride doubles. */
const maxOffsets = 8192;
/** A wider frame is nothing a front end could show, and its names would make the index large. */
const maxColumns = 20_000;
const maxNameCharacters = 256 * 1024;

/** Containers around the members of a frame's entity; its rows and cells follow. */
const fieldDepth = 3;
const rowDepth = 4;
const cellDepth = 5;

/** Makes the index of one data frame from the tokens inside its entity. Of a member that comes twice the last one stands. */
export interface FrameIndexer {
  /** `bytes` gives the token itself, null when it is too long. */
  token(kind: number, start: number, depth: number, bytes: () => Buffer | null): void;
  /** What was found, or why it is no data frame. */
  finish(): { readonly frame: FrameIndex | null; readonly notAFrame: string | null };
}

const textOf = (bytes: Buffer | null): string | null => (bytes === null ? null : tokenText(bytes, 0, bytes.length));

export const createFrameIndexer = (): FrameIndexer => {
  let field = '';
  let names: string[] = [];
  let types: (string | null)[] = [];
  let offsets: number[] = [];
  let stride = 1;
  let rowCount = 0;
  let cells = 0;
  let width = 0;
  let hasData = false;
  let characters = 0;
  let fault: string | null = null;

  const refuse = (reason: string): void => {
    fault ??= reason;
  };

  const beginField = (kind: number): void => {
    if (field === 'data') {
      hasData = kind === tokens.openArray;
      offsets = [];
      [stride, rowCount, width] = [1, 0, 0];
    }
    if (field === 'attributeNames') names = [];
    if (field === 'attributeTypes') types = [];
  };

  const isNull = (text: string | null, kind: number): boolean => kind === tokens.scalar && text === 'null';

  /** The frame's own members: `{"attributeNames": null}` is as good as none, anything else must be an array. */
  const fieldToken = (kind: number, bytes: () => Buffer | null): void => {
    if (kind === tokens.key) field = textOf(bytes()) ?? '';
    else if (kind < tokens.closeObject && ['data', 'attributeNames', 'attributeTypes'].includes(field)) {
      beginField(kind);
      if (kind !== tokens.openArray && !isNull(textOf(bytes()), kind)) refuse(`Its ${field} are no list.`);
    }
  };

  const header = (kind: number, bytes: () => Buffer | null): void => {
    if (kind >= tokens.closeObject) return;
    const text = kind === tokens.string || kind === tokens.scalar ? textOf(bytes()) : null;
    if (text === null) {
      refuse(`Its ${field} are no texts, or too long.`);
      return;
    }
    characters += text.length;
    if (characters > maxNameCharacters || names.length >= maxColumns || types.length >= maxColumns) refuse('It has too many columns.');
    else if (field === 'attributeNames') names.push(isNull(text, kind) ? '' : text);
    else types.push(isNull(text, kind) ? null : text);
  };

  const keepOffset = (start: number): void => {
    if (rowCount % stride !== 0) return;
    if (offsets.length === maxOffsets) {
      offsets = offsets.filter((_offset, index) => index % 2 === 0);
      stride *= 2;
    }
    if (rowCount % stride === 0) offsets.push(start);
  };

  const rowToken = (kind: number, start: number): void => {
    if (kind === tokens.openArray) {
      keepOffset(start);
      cells = 0;
    } else if (kind === tokens.closeArray) {
      rowCount += 1;
      if (cells > width) width = cells;
    } else refuse('A row of it is no list.');
  };

  return {
    token: (kind, start, depth, bytes) => {
      if (depth === cellDepth) {
        if (kind < tokens.closeObject) cells += 1;
      } else if (depth === rowDepth) {
        if (field === 'data') rowToken(kind, start);
        else if (field === 'attributeNames' || field === 'attributeTypes') header(kind, bytes);
      } else if (depth === fieldDepth) fieldToken(kind, bytes);
    },
    finish: () => {
      if (!hasData) refuse('It has no list of rows.');
      if (width > maxColumns) refuse('It has too many columns.');
      if (fault !== null) return { frame: null, notAFrame: fault };
      return {
        frame: { names, types: names.map((_name, index) => types[index] ?? null), width, rowCount, stride, offsets },
        notAFrame: null,
      };
    },
  };
};
