import type { BackendProfile } from '../../domain/index.js';
import { isRejected, toldNothing } from '../../http/index.js';
import { profileOf } from './capabilities.js';
import type { AdapterContext } from './context.js';
import type { Call } from './endpoint.js';
import { isServerlessRefusal } from './errors.js';
import { isVersion, serverlessVersion } from './version.js';

const upgradeMode = 'Upgrade mode is on: machine learning is halted, and no verb is accepted until it is switched off.';

/** What one source told. */
interface Told {
  readonly version?: string | undefined;
  readonly notice?: string | null;
  readonly serverless?: boolean;
}

const askInfo = async ({ client }: AdapterContext, call: Call): Promise<Told> => {
  try {
    const info = await client.info(call);
    return { version: info.native_code?.version, notice: info.upgrade_mode === true ? upgradeMode : null };
  } catch (error) {
    // Refused credentials tell nothing for good: thrown, so that it is asked again when they may have been put right.
    if (!toldNothing(error) || isRejected(error)) throw error;
    return { serverless: isServerlessRefusal(error) };
  }
};

const askRoot = async ({ client }: AdapterContext, call: Call): Promise<Told> => {
  try {
    const { version } = await client.root(call);
    return { version: version?.number, serverless: version?.build_flavor === 'serverless' };
  } catch (error) {
    if (!toldNothing(error)) throw error;
    return {};
  }
};

/**
 * `_ml/info` may be read by whoever reads jobs, and its native code has the server's version; without native code it says "N/A" or nothing.
 * Then `GET /`, which needs `monitor`. Credentials that are refused are refused everywhere: they are not tried twice.
 * A serverless project says so in both: it has no `_ml/info` for the public, and its root names its flavour.
 */
export const learnProfile = async (context: AdapterContext, call: Call): Promise<BackendProfile> => {
  const info = await askInfo(context, call);
  const notice = info.notice ?? null;
  if (isVersion(info.version)) return profileOf(info.version, notice);
  const root = await askRoot(context, call);
  const version = isVersion(root.version) ? root.version : undefined;
  if (info.serverless || root.serverless) return profileOf(serverlessVersion(version), notice);
  return profileOf(version ?? null, notice);
};
