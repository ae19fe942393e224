import { asBuffer } from './json-text.js';
import { nextScalarState, scalarKindOf, scalarKinds, scalarStart } from './scalar-table.js';

/** What the scanner tells of, in the order of the bytes. Smaller than `close`: something is there; the two closes; then keys. */
export const tokens = { string: 1, scalar: 2, openObject: 3, openArray: 4, closeObject: 5, closeArray: 6, key: 7 } as const;

/** Where and why a text stopped being JSON, as far as it is understood here. */
export interface ScanFault {
  /** Offset of the byte. */
  readonly at: number;
  /** A sentence without any of the text itself. */
  readonly reason: string;
}

export interface ScannerOptions {
  /** Offset of the first byte that is written. Default 0. */
  readonly base?: number;
  /**
   * Called for each token with its first byte, the byte after its last, and the number of containers around it.
   * A container is told twice, at its opening and its closing bracket, with the same depth.
   */
  readonly onToken: (kind: number, start: number, end: number, depth: number) => void;
  /** Tokens at this depth or above it can be asked for by `bytes` also when they were cut by the end of a piece. Default: none. */
  readonly keepDepth?: number;
}

/**
 * A tokenizer of bytes that arrive in pieces, cut anywhere. It knows positions and nesting, not values, and keeps nothing but one token's beginning,
 * so that its memory does not depend on what it reads. It takes what JSON takes, and besides: bare NaN and infinities, raw control characters and
 * unknown escapes in strings, bytes that are not UTF-8.
 */
export interface Scanner {
  write(piece: Uint8Array): void;
  /** Says that nothing follows. */
  end(): void;
  /** Once there is one, everything written after it is ignored. */
  readonly fault: ScanFault | null;
  /** The token being told, while it is told; null when it is longer than 64 KiB. */
  bytes(): Buffer | null;
}

const maxDepth = 512;
const maxHeldBytes = 64 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What may come next between tokens. */
const expected = { value: 0, valueOrClose: 1, keyOrClose: 2, key: 3, colon: 4, commaOrClose: 5, nothing: 6 } as const;
const faults: readonly string[] = [
  'A value was expected.',
  'A value or a closing bracket was expected.',
  'A key or a closing brace was expected.',
  'A key was expected.',
  'A colon was expected.',
  'A comma or a closing bracket was expected.',
  'Something follows after the end.',
];
const modes = { between: 0, string: 1, key: 2, scalar: 3 } as const;

export const createScanner = ({ base = 0, keepDepth = -1, onToken }: ScannerOptions): Scanner => {
  const containers = new Uint8Array(maxDepth);
  let depth = 0;
  let next: number = expected.value;
  let mode: number = modes.between;
  let scalarState: number = scalarStart;
  let afterBackslash = false;
  let offset = base;
  let start = base;
  let end = base;
  let piece: Uint8Array = new Uint8Array(0);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let fault: ScanFault | null = null;

  const fail = (at: number, reason: string): void => {
    fault ??= { at, reason };
  };

  const tell = (kind: number, after: number): void => {
    end = after;
    onToken(kind, start, after, depth);
    if (heldBytes > 0) {
      held = [];
      heldBytes = 0;
    }
  };

  const afterValue = (): void => {
    next = depth === 0 ? expected.nothing : expected.commaOrClose;
  };

  const scanString = (from: number): number => {
    let at = afterBackslash ? from + 1 : from;
    afterBackslash = false;
    const bytes = piece;
    const { length } = bytes;
    for (; at < length; at += 1) {
      const byte = bytes[at];
      if (byte === quote) {
        const isKey = mode === modes.key;
        mode = modes.between;
        tell(isKey ? tokens.key : tokens.string, offset + at + 1);
        if (isKey) next = expected.colon;
        else afterValue();
        return at + 1;
      }
      if (byte === backslash) at += 1;
    }
    afterBackslash = at > length;
    return length;
  };

  const endScalar = (after: number): void => {
    mode = modes.between;
    if (scalarKindOf(scalarState) === scalarKinds.none) {
      fail(after, 'A number or a word is not whole.');
      return;
    }
    tell(tokens.scalar, after);
    afterValue();
  };

  const scanScalar = (from: number): number => {
    const bytes = piece;
    for (let at = from; at < bytes.length; at += 1) {
      const following = nextScalarState(scalarState, bytes[at] ?? 0);
      if (following === 0) {
        endScalar(offset + at);
        return at;
      }
      scalarState = following;
    }
    return bytes.length;
  };

  const open = (at: number, bracket: number): void => {
    if (depth === maxDepth) {
      fail(at, `It nests deeper than ${maxDepth}.`);
      return;
    }
    tell(bracket === openBrace ? tokens.openObject : tokens.openArray, at + 1);
    containers[depth] = bracket;
    depth += 1;
    next = bracket === openBrace ? expected.keyOrClose : expected.valueOrClose;
  };

  const close = (at: number, bracket: number): void => {
    if (containers[depth - 1] !== (bracket === closeBrace ? openBrace : openBracket)) {
      fail(at, 'A bracket closes another kind of bracket.');
      return;
    }
    depth -= 1;
    tell(bracket === closeBrace ? tokens.closeObject : tokens.closeArray, at + 1);
    afterValue();
  };

  const scanValue = (at: number, byte: number): void => {
    if (byte === quote) mode = modes.string;
    else if (byte === openBrace || byte === openBracket) open(start, byte);
    else {
      scalarState = nextScalarState(scalarStart, byte);
      if (scalarState === 0) fail(at, faults[next] ?? '');
      else mode = modes.scalar;
    }
  };

  const scanBetween = (index: number): number => {
    const byte = piece[index] ?? 0;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return index + 1;
    const at = offset + index;
    start = at;
    if (next === expected.commaOrClose) {
      if (byte === comma) next = containers[depth - 1] === openBrace ? expected.key : expected.value;
      else if (byte === closeBrace || byte === closeBracket) close(at, byte);
      else fail(at, faults[next] ?? '');
    } else if (next === expected.value) scanValue(at, byte);
    else if (next === expected.valueOrClose) {
      if (byte === closeBracket) close(at, byte);
      else scanValue(at, byte);
    } else if (next === expected.colon && byte === colon) next = expected.value;
    else if (next === expected.keyOrClose && byte === closeBrace) close(at, byte);
    else if ((next === expected.keyOrClose || next === expected.key) && byte === quote) mode = modes.key;
    else fail(at, faults[next] ?? '');
    return index + 1;
  };

  /** Keeps the beginning of a token that goes on in the next piece. */
  const hold = (): void => {
    if (mode === modes.between || depth > keepDepth || heldBytes > maxHeldBytes) return;
    const from = Math.max(0, start - offset);
    // A copy: the owner may use the piece's memory again.
    const part = new Uint8Array(piece.subarray(from, from + maxHeldBytes + 1));
    held.push(part);
    heldBytes += part.length;
  };

  return {
    write: (bytes) => {
      piece = bytes;
      let at = 0;
      while (at < bytes.length && fault === null) {
        if (mode === modes.between) at = scanBetween(at);
        else at = mode === modes.scalar ? scanScalar(at) : scanString(at);
      }
      if (fault === null) hold();
      offset += bytes.length;
      piece = new Uint8Array(0);
    },
    end: () => {
      if (fault !== null) return;
      if (mode === modes.scalar) endScalar(offset);
      if (fault === null && (next !== expected.nothing || mode !== modes.between)) fail(offset, 'It breaks off.');
    },
    get fault() {
      return fault;
    },
    bytes: () => {
      if (end - start > maxHeldBytes) return null;
      const here = asBuffer(piece.subarray(Math.max(0, start - offset), end - offset));
      return heldBytes === 0 ? here : Buffer.concat([...held, here]);
    },
  };
};
