import { STATUS_CODES } from 'node:http';
import type { SimulatedAnswer } from '../exchange.js';
import type { JsonObject } from '../json.js';
import { writeLoose } from './loose-json.js';

const jsonType = { 'content-type': 'application/json' };

/** `INTERNAL_SERVER_ERROR` for 500: in all samples the code is text, although its schema says number. */
const codeOf = (status: number) => (STATUS_CODES[status] ?? String(status)).toUpperCase().replace(/[^A-Z]+/g, '_');

/** The envelope of every answer. `code` is given where it differs from the HTTP status. */
export const envelope = (
  status: number,
  statusString: string,
  values: JsonObject = {},
  { headers = {}, code = status }: { readonly headers?: Readonly<Record<string, string>>; readonly code?: number } = {},
): SimulatedAnswer => ({
  status,
  headers: { ...jsonType, ...headers },
  body: writeLoose({ statusCode: codeOf(code), statusString, values }),
});

/** An answer whose body is there already. */
export const prewritten = (status: number, body: SimulatedAnswer['body']): SimulatedAnswer => ({ status, headers: jsonType, body });
