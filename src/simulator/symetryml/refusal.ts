import type { JsonObject } from '../json.js';

/** A request that is answered with an error in the envelope. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: number,
    readonly statusString: string,
    readonly values: JsonObject = {},
  ) {
    super(statusString);
  }
}

/** "500: exception while processing"; the wording is that of the one published sample (Prediction API, 6.3). */
export const exceptionText = (what: string): string => `Generic Exception <${what}>`;

/** A request that ends in an exception of the server. */
export const exception = (what: string): Refusal => new Refusal(500, exceptionText(what));
