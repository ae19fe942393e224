import { randomUUID } from 'node:crypto';

/**
 * Whole strings, so that nothing inside them is met; else a bare word where a value stands. A string that never ends is taken to the end of the text:
 * it would be searched again from each quote that is escaped in it.
 */
const words = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|(?<=[[:,\s]|^)(-?Infinity|NaN)(?=[\],}\s]|$)/gs;

/** More than any envelope. Each value of a text that is not strict costs a call: what is larger has to be strict. */
const mostLenient = 8_388_608;

/** JSON has no word for it; nobody sends this text. */
const notANumber = `NaN ${randomUUID()}`;
const written: Readonly<Record<string, string>> = { Infinity: '1e999', '-Infinity': '-1e999', NaN: JSON.stringify(notANumber) };

/**
 * Reads JSON that may hold bare `Infinity`, `-Infinity` and `NaN` ("About JSON Strict Syntax", SymetryML 5.0 and later: only the first is named). They
 * become the numbers they are. Throws SyntaxError at everything else that is no JSON. For envelopes; large results are never read as a whole.
 */
export const parseLenient = (text: string): unknown => {
  // What is strict needs no second look, and so costs none.
  if (text.length > mostLenient || !/Infinity|NaN/.test(text)) return JSON.parse(text);
  const strict = text.replace(words, (match, word?: string) => (word === undefined ? match : (written[word] ?? match)));
  return JSON.parse(strict, (_, value: unknown) => (value === notANumber ? Number.NaN : value));
};
