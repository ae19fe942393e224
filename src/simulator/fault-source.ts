import { readFileSync, statSync } from 'node:fs';
import { isJsonObject, type Json, parseJson } from './json.js';
import type { Fault } from './simulator.js';
import { SimulatorError } from './simulator-error.js';

/** Faults in force and how many requests each may still hit. */
export interface FaultSource {
  /** The fault for this request, used up by one; the first that fits wins. */
  take(route: string): Fault | undefined;
  set(faults: readonly Fault[]): void;
  /** Resolves the next time faults are set, by call or by file. */
  replaced(): Promise<void>;
  list(): readonly (Fault & { readonly remaining?: number })[];
  /** Why the file could not be read the last time it changed; the faults before it stay in force. */
  problem(): string | undefined;
}

interface Armed {
  readonly fault: Fault;
  remaining: number;
}

type FieldKind = 'string' | 'number' | 'boolean' | 'object' | 'any';

const fields: Readonly<Record<string, FieldKind>> = {
  route: 'string',
  count: 'number',
  latencyMs: 'number',
  status: 'number',
  body: 'any',
  headers: 'object',
  reset: 'boolean',
  cutAfterBytes: 'number',
  holdAfterBytes: 'number',
  hang: 'boolean',
};

function fieldProblem(key: string, value: Json | undefined): string | undefined {
  const kind = fields[key];
  if (kind === undefined) return `unknown field "${key}"`;
  if (kind === 'any' || (kind === 'object' ? isJsonObject(value) : typeof value === kind)) return undefined;
  return `"${key}" must be of type ${kind}`;
}

function isFault(entry: Json | undefined): entry is Json & Fault {
  return isJsonObject(entry) && typeof entry.route === 'string';
}

/** Reads a list of faults, or an object with one under `faults`; says what is wrong with it otherwise. */
export function parseFaults(value: Json | undefined): readonly Fault[] {
  const list = isJsonObject(value) ? value.faults : value;
  if (!Array.isArray(list)) throw new SimulatorError('faults must be a JSON list, or an object with a list under "faults"');
  return list.map((entry: Json, index) => {
    if (!isFault(entry)) throw new SimulatorError(`fault ${index + 1} must be an object with a "route"`);
    const problem = Object.entries(entry)
      .map(([key, member]) => fieldProblem(key, member))
      .find((found) => found !== undefined);
    if (problem !== undefined) throw new SimulatorError(`fault ${index + 1}: ${problem}`);
    return entry;
  });
}

const arm = (fault: Fault): Armed => ({ fault, remaining: fault.count ?? Number.POSITIVE_INFINITY });

/** Faults set by call and by file; the file is read again whenever it has changed, and at start it must be readable. */
export function createFaultSource(file: string | undefined): FaultSource {
  let armed: Armed[] = [];
  let waiting: (() => void)[] = [];
  let seen: string | undefined;
  let problem: string | undefined;

  const fingerprint = (path: string) => {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? 'absent' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  };
  const replace = (faults: readonly Fault[]) => {
    armed = faults.map(arm);
    for (const proceed of waiting) proceed();
    waiting = [];
  };
  const load = (path: string) => {
    const text = seen === 'absent' ? '[]' : readFileSync(path, 'utf8');
    const json = parseJson(text);
    if (json === undefined) throw new SimulatorError(`${path} is not JSON`);
    replace(parseFaults(json));
  };
  const refresh = () => {
    if (file === undefined) return;
    const current = fingerprint(file);
    if (current === seen) return;
    seen = current;
    try {
      load(file);
      problem = undefined;
    } catch (cause) {
      problem = cause instanceof Error ? cause.message : String(cause);
    }
  };

  refresh();
  if (problem !== undefined) throw new SimulatorError(problem);
  return {
    take(route) {
      refresh();
      const hit = armed.find(({ fault, remaining }) => remaining > 0 && (fault.route === '*' || fault.route === route));
      if (hit === undefined) return undefined;
      hit.remaining -= 1;
      return hit.fault;
    },
    set: replace,
    replaced: () => new Promise((resolve) => waiting.push(resolve)),
    list() {
      refresh();
      return armed.map(({ fault, remaining }) => (Number.isFinite(remaining) ? { ...fault, remaining } : fault));
    },
    problem: () => problem,
  };
}
