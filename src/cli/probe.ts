import type { VigilConfig } from '../config.js';
import type { BackendProfile } from '../domain/index.js';
import { asVigilError, VigilError } from '../errors.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Printer } from './printer.js';

type Connection = VigilConfig['backends'][number];

/** What a backend says of itself, and what is wrong with it all the same. */
interface Probed {
  readonly profile: BackendProfile;
  readonly faults: readonly string[];
}

const probeWithinMs = 10_000;
/** Whoever answers who it is may still refuse to be read: jobs with their states are what everything else is made from. */
const trialFields: ReadonlySet<string> = new Set(['Job.state']);

const faultText = (cause: unknown): string => {
  const { code, message, facts } = asVigilError(cause);
  return `${code}: ${message}${facts.missing?.length ? ` Missing: ${facts.missing.join(', ')}.` : ''}`;
};

const probe = async (connection: Connection, stop: AbortSignal): Promise<Probed> => {
  const { vendorModules } = await import('../vendors/registry.js');
  const vendor = vendorModules.find(({ id }) => id === connection.vendorId);
  if (!vendor) throw new VigilError('INVALID_INPUT', `There is no vendor "${connection.vendorId}".`);
  const ignore = () => undefined;
  const adapter = vendor.connect(connection, { answered: ignore, failed: ignore, noted: ignore });
  try {
    const call = { signal: stop, deadlineAt: Date.now() + probeWithinMs, requestId: `probe-${connection.key}` };
    const profile = await adapter.learnProfile(call);
    if (profile.notice !== null) return { profile, faults: [`takes no verbs: ${profile.notice}`] };
    const { missing } = await adapter.listJobs(trialFields, { ...call, profile });
    return { profile, faults: missing.map(({ part, error }) => `cannot read ${part.toLowerCase()}: ${faultText(error)}`) };
  } finally {
    await adapter.dispose();
  }
};

const outcomeText = ({ profile: { version, capabilities }, faults }: Probed): string => {
  const known = version ?? 'version unknown';
  return faults.length > 0 ? `${known}, ${faults.join(' ')}` : `${known}, can ${capabilities.join(' ') || 'nothing'}`;
};

/** Asks every backend through its adapter, all at once; tells in the order of the configuration. */
export const probeBackends = async (connections: readonly Connection[], printer: Printer, stop: AbortSignal): Promise<ExitCode> => {
  const outcomes = await Promise.allSettled(connections.map((connection) => probe(connection, stop)));
  stop.throwIfAborted();
  outcomes.forEach((outcome, index) => {
    const name = `${connections[index]?.key} (${connections[index]?.vendorId})`;
    printer.line(`${name}: ${outcome.status === 'fulfilled' ? outcomeText(outcome.value) : faultText(outcome.reason)}`);
  });
  const isWell = (outcome: PromiseSettledResult<Probed>): boolean => outcome.status === 'fulfilled' && outcome.value.faults.length === 0;
  return outcomes.every(isWell) ? exitCodes.ok : exitCodes.failed;
};
