import { isVigilError } from '../errors.js';

/** Whether a backend has answered, but not what it was asked: forbidden, no such route, the product is not there. Anything else is trouble. */
export const toldNothing = (error: unknown): boolean => {
  if (!isVigilError(error)) return false;
  const { httpStatus } = error.facts;
  return (
    error.code === 'FORBIDDEN' ||
    (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 && httpStatus !== 429)
  );
};

/** Whether the credentials were refused: that says nothing for good, because they may be put right. */
export const isRejected = (error: unknown): boolean => isVigilError(error) && error.facts.httpStatus === 401;
