import { z } from 'zod';
import { parseLenient } from './lenient-json.js';
import { told } from './wire.js';

/** What every answer of SymetryML is wrapped in. What it stands for is told by the HTTP status: `statusCode` is a word in every sample, a number by the schema. */
export interface Envelope {
  readonly statusCode: string | null;
  readonly statusString: string | null;
  /** Entities by the vendor's keys; empty where there is none. */
  readonly values: Readonly<Record<string, unknown>>;
}

const words = z.union([z.string(), z.number()]).transform(String);
// The schema of 6.3 spells it with a blank at the end; no sample does.
const envelopeSchema = z
  .object({
    statusCode: told(words),
    'statusCode ': told(words),
    statusString: told(z.string()),
    values: told(z.record(z.string(), z.unknown()).nullable()),
  })
  .refine((each) => Object.values(each).some((member) => member !== undefined));

/** Undefined: the answer is none of SymetryML's. */
export const readEnvelope = (json: unknown): Envelope | undefined => {
  const read = envelopeSchema.safeParse(json);
  if (!read.success) return undefined;
  const { statusCode, 'statusCode ': spelt, statusString, values } = read.data;
  return { statusCode: statusCode ?? spelt ?? null, statusString: statusString ?? null, values: values ?? {} };
};

/** The same from the text of a body. */
export const readEnvelopeText = (text: string): Envelope | undefined => {
  try {
    return readEnvelope(parseLenient(text));
  } catch {
    // Whatever the syntax error says quotes the body: that it is no envelope is all a reader needs.
    return undefined;
  }
};
