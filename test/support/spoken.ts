import { inspect } from 'node:util';
import { createSpokenRecord } from './spoken/record.js';

/** The record of the file of tests that is running; `spoken/setup.ts` searches it at the end. */
export const spoken = createSpokenRecord();

/** An error as a log or a trace would show it: with its facts, stack and causes. */
export const wordsOf = (error: unknown): string => {
  const chain: unknown[] = [];
  for (let each = error; each instanceof Error && !chain.includes(each); each = each.cause)
    chain.push({ ...each }, each.message, each.stack);
  // Not as JSON: the certificate in a TLS error holds itself.
  return inspect([error, chain], { depth: 12, maxArrayLength: null, maxStringLength: null });
};
