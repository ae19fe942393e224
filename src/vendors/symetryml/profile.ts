import type { BackendProfile, CallOptions } from '../../domain/index.js';
import { capabilitiesOf } from './capabilities.js';
import { listJobs } from './client.js';
import type { AdapterContext } from './context.js';

/**
 * No endpoint tells the version: it is known where it is configured. The list of jobs shows that the server is there, that it is SymetryML, and that it
 * accepts the signature; what it refuses is thrown, so that it is asked again when it may have been put right.
 */
export const learnProfile = async (
  { endpoint }: AdapterContext,
  version: string | undefined,
  call: Omit<CallOptions, 'profile'>,
): Promise<BackendProfile> => {
  const profile: BackendProfile = { version: version ?? null, capabilities: capabilitiesOf(), notice: null };
  await listJobs(endpoint, { ...call, profile });
  return profile;
};
