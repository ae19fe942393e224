/**
 * Numbers and words of the vendor's JSON as one automaton over bytes. Beside the JSON grammar it takes bare `NaN`, `Infinity` and `-Infinity`
 * (SymetryML 6.3, "About JSON Strict Syntax": "we can return float value like Infinity"; the others follow from the Java library that writes them).
 */

/** What a bare scalar is. */
export const scalarKinds = { none: 0, number: 1, boolean: 2, null: 3, unusual: 4 } as const;

const refused = 0;
/** Where every scalar begins. */
export const scalarStart = 1;

const digits = '0123456789';
const words = [
  ['true', scalarKinds.boolean],
  ['false', scalarKinds.boolean],
  ['null', scalarKinds.null],
  ['NaN', scalarKinds.unusual],
  ['Infinity', scalarKinds.unusual],
] as const;

/** Rows of 256 next states; 0 is no transition. */
const rows: Uint8Array[] = [new Uint8Array(256), new Uint8Array(256)];
const kinds: number[] = [scalarKinds.none, scalarKinds.none];

const addState = (kind: number): number => {
  kinds.push(kind);
  return rows.push(new Uint8Array(256)) - 1;
};

const join = (from: number, bytes: string, to: number): void => {
  for (const character of bytes) rows[from]?.fill(to, character.charCodeAt(0), character.charCodeAt(0) + 1);
};

const addWord = (from: number, word: string, kind: number): void => {
  let state = from;
  for (const [index, character] of [...word].entries()) {
    const next = addState(index === word.length - 1 ? kind : scalarKinds.none);
    join(state, character, next);
    state = next;
  }
};

const minus = addState(scalarKinds.none);
const zero = addState(scalarKinds.number);
const whole = addState(scalarKinds.number);
const point = addState(scalarKinds.none);
const fraction = addState(scalarKinds.number);
const exponentMark = addState(scalarKinds.none);
const exponentSign = addState(scalarKinds.none);
const exponent = addState(scalarKinds.number);

join(scalarStart, '-', minus);
for (const state of [scalarStart, minus]) {
  join(state, '0', zero);
  join(state, digits.slice(1), whole);
}
join(whole, digits, whole);
for (const state of [zero, whole]) join(state, '.', point);
for (const state of [point, fraction]) join(state, digits, fraction);
for (const state of [zero, whole, fraction]) join(state, 'eE', exponentMark);
join(exponentMark, '+-', exponentSign);
for (const state of [exponentMark, exponentSign, exponent]) join(state, digits, exponent);
for (const [word, kind] of words) addWord(scalarStart, word, kind);
addWord(minus, 'Infinity', scalarKinds.unusual);

const nextStates = Uint8Array.from(rows.flatMap((row) => [...row]));

/** The state after one more byte; 0 when the byte does not belong to the scalar. */
export const nextScalarState = (state: number, byte: number): number => nextStates[state * 256 + byte] ?? refused;

/** What a scalar that ends in this state is; `none` when it is not whole. */
export const scalarKindOf = (state: number): number => kinds[state] ?? scalarKinds.none;

/** What a text is as a bare scalar; `none` when it is no whole one. */
export const scalarKindOfText = (text: string): number => {
  let state: number = scalarStart;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    state = code < 256 ? nextScalarState(state, code) : refused;
    if (state === refused) return scalarKinds.none;
  }
  return scalarKindOf(state);
};
