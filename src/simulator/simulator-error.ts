/** A simulator cannot start or continue: an unknown version, a port in use, a damaged file of faults. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
}
