import type { BackendProfile } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import { profileOf } from './capabilities.js';
import type { AdapterContext } from './context.js';
import type { Call } from './endpoint.js';
import { isVersion } from './version.js';

/** A cluster that answers but does not tell: forbidden, no such route, no machine learning. Trouble is thrown on. */
const toldNothing = (error: unknown): boolean => {
  if (!isVigilError(error)) return false;
  const { httpStatus } = error.facts;
  return (
    error.code === 'FORBIDDEN' ||
    (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 && httpStatus !== 429)
  );
};

const isRejected = (error: unknown): boolean => isVigilError(error) && error.facts.httpStatus === 401;

/**
 * `_ml/info` may be read by whoever reads jobs, and its native code has the server's version; without native code it says "N/A" or nothing.
 * Then `GET /`, which needs `monitor`. Credentials that are refused are refused everywhere: they are not tried twice.
 */
export const learnProfile = async ({ client }: AdapterContext, call: Call): Promise<BackendProfile> => {
  try {
    const version = (await client.info(call)).native_code?.version;
    if (isVersion(version)) return profileOf(version);
  } catch (error) {
    if (!toldNothing(error)) throw error;
    if (isRejected(error)) return profileOf(null);
  }
  try {
    const version = (await client.root(call)).version?.number;
    return profileOf(isVersion(version) ? version : null);
  } catch (error) {
    if (!toldNothing(error)) throw error;
    return profileOf(null);
  }
};
