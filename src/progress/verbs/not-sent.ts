import { VigilError } from '../../errors.js';

const notSent = (why: string): VigilError =>
  new VigilError('BACKEND_UNAVAILABLE', `${why} Send the verb again.`, {
    outcomeUnknown: false,
  });

/** Intended by an instance that has ended, and not done: hours later nobody may expect it any more. */
export const leftUnsent = (): VigilError =>
  notSent('The gateway that had this in hand ended before it was sent; it has not been sent since.');

/** Intended by this one, which was held up, or cut off from the others, for so long that they may have given it up. */
export const sentTooLate = (): VigilError => notSent('The gateway was held up before this was sent; it has not been sent.');
