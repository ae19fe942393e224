/** The kinds of row. The first byte of a key. */
export const kinds = {
  value: 'k',
  streamHead: 'm',
  streamEntry: 'e',
  largeHead: 'h',
  largePiece: 'p',
  largeUnfinished: 'w',
  lease: 'l',
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

/** Text as a byte string; and back. */
const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

export const keyOf = (kind: Kind, name: string): string => kind + toBytes(name);
export const nameOf = (key: string): string => fromBytes(key.slice(1));

/** The first key after all that begin with the prefix, which begins with a kind and so is never all 0xff. */
export const endOf = (prefix: string): string => {
  const stem = prefix.replace(/ÿ+$/, '');
  const last = stem.length - 1;
  return stem.slice(0, last) + String.fromCharCode(stem.charCodeAt(last) + 1);
};

/** The next key there can be. */
export const after = (key: string): string => `${key}\0`;

const fixed = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

/** The length of the name comes first: the entries of no stream lie among those of another. */
export const entriesOf = (stream: string): string => {
  const name = toBytes(stream);
  return `${kinds.streamEntry}${fixed(name.length, 8)}${name}`;
};
/** A safe integer has 14 hexadecimal digits. */
export const sequenceDigits = 14;
export const entryKey = (stream: string, sequence: number): string => entriesOf(stream) + fixed(sequence, sequenceDigits);
export const sequenceOf = (key: string): number => Number.parseInt(key.slice(-sequenceDigits), 16);
/** The stream an entry belongs to. */
export const streamOf = (key: string): string => fromBytes(key.slice(9, -sequenceDigits));
export const sequenceText = (sequence: number): string => fixed(sequence, sequenceDigits);

export const piecesOf = (id: string): string => keyOf(kinds.largePiece, id);
export const pieceKey = (id: string, index: number): string => piecesOf(id) + fixed(index, 8);
