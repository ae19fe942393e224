import { isVigilError, type VigilError } from '../errors.js';
import type { CallOptions } from './vendor.js';

/** A part of an answer, or why it could not be had. */
export type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: VigilError };

/** Lets a part fail without its whole. A call its reader has given up fails as a whole, and so does a fault of ours. */
export const settle = async <T>(part: Promise<T>, call: Pick<CallOptions, 'signal'>): Promise<Settled<T>> => {
  try {
    return { ok: true, value: await part };
  } catch (error) {
    if (!isVigilError(error) || call.signal.aborted) throw error;
    return { ok: false, error };
  }
};
