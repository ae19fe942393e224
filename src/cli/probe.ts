import type { VigilConfig } from '../config.js';
import { asVigilError, VigilError } from '../errors.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Printer } from './printer.js';

type Connection = VigilConfig['backends'][number];

const probeWithinMs = 10_000;

const probe = async (connection: Connection, stop: AbortSignal) => {
  const { vendorModules } = await import('../vendors/registry.js');
  const vendor = vendorModules.find(({ id }) => id === connection.vendorId);
  if (!vendor) throw new VigilError('INVALID_INPUT', `There is no vendor "${connection.vendorId}".`);
  const ignore = () => undefined;
  const adapter = vendor.connect(connection, { answered: ignore, failed: ignore, noted: ignore });
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(probeWithinMs)]);
    return await adapter.learnProfile({ signal, deadlineAt: Date.now() + probeWithinMs, requestId: `probe-${connection.key}` });
  } finally {
    await adapter.dispose();
  }
};

/** Asks every backend through its adapter, all at once; tells in the order of the configuration. */
export const probeBackends = async (connections: readonly Connection[], printer: Printer, stop: AbortSignal): Promise<ExitCode> => {
  const outcomes = await Promise.allSettled(connections.map((connection) => probe(connection, stop)));
  stop.throwIfAborted();
  outcomes.forEach((outcome, index) => {
    const name = `${connections[index]?.key} (${connections[index]?.vendorId})`;
    if (outcome.status === 'fulfilled') {
      const { version, capabilities } = outcome.value;
      printer.line(`${name}: ${version ?? 'version unknown'}, can ${capabilities.join(' ') || 'nothing'}`);
    } else {
      const error = asVigilError(outcome.reason);
      printer.line(
        `${name}: ${error.code}: ${error.message}${error.facts.missing?.length ? ` Missing: ${error.facts.missing.join(', ')}.` : ''}`,
      );
    }
  });
  return outcomes.every(({ status }) => status === 'fulfilled') ? exitCodes.ok : exitCodes.failed;
};
