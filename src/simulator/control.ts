import type { CallCounter } from './call-counter.js';
import type { ControlAnswer, Simulation } from './exchange.js';
import { type FaultSource, parseFaults } from './fault-source.js';
import { type Json, parseJson } from './json.js';
import { SimulatorError } from './simulator-error.js';

/** Where the control routes of every simulator begin. */
export const controlPrefix = '/_simulator';

const ok = (body: Json): ControlAnswer => ({ status: 200, body });

/** A list of faults as plain JSON. */
const listFaults = (faults: FaultSource): Json => {
  const list: Json | undefined = parseJson(JSON.stringify(faults.list()));
  return { faults: list ?? [], problem: faults.problem() ?? null };
};

/** Answers `GET|DELETE /_simulator/calls`, `GET|PUT|DELETE /_simulator/faults` and the vendor's own routes. */
export async function answerControl(
  parts: { readonly calls: CallCounter; readonly faults: FaultSource; readonly simulation: Simulation },
  method: string,
  path: string,
  text: string,
): Promise<ControlAnswer> {
  const body = text === '' ? undefined : parseJson(text);
  if (text !== '' && body === undefined) return { status: 400, body: { error: 'the body is not JSON' } };
  try {
    switch (`${method} ${path}`) {
      case 'GET /calls':
        return ok(parts.calls.snapshot());
      case 'DELETE /calls':
        parts.calls.reset();
        return ok({ calls: 'reset' });
      case 'GET /faults':
        return ok(listFaults(parts.faults));
      case 'PUT /faults':
        parts.faults.set(parseFaults(body));
        return ok(listFaults(parts.faults));
      case 'DELETE /faults':
        parts.faults.set([]);
        return ok(listFaults(parts.faults));
      default:
        return (
          (await parts.simulation.control(method, path, body)) ?? { status: 404, body: { error: `no control route ${method} ${path}` } }
        );
    }
  } catch (cause) {
    if (cause instanceof SimulatorError) return { status: 400, body: { error: cause.message } };
    throw cause;
  }
}
