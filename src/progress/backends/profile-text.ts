import type { BackendProfile } from '../../domain/index.js';

/** Equal for profiles that say the same. */
export const profileText = ({ version, capabilities, notice, dialect }: BackendProfile): string =>
  JSON.stringify([version, capabilities, notice, dialect ?? null]);
