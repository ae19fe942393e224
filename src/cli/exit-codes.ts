import { VigilClientError } from '../client/index.js';
import { isVigilError } from '../errors.js';

/** How the process ends. Scripts rely on these; `vigil --help` lists them. */
export const exitCodes = {
  ok: 0,
  /** The gateway or the backend said no, or the task ended badly. */
  failed: 1,
  /** Wrong arguments or a faulty configuration. */
  usage: 2,
  /** No gateway there, or it does not let us in. */
  unreachable: 3,
  /** Ctrl-C while waiting for a task that goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesHelp = `
Exit codes: 0 done · 1 refused or failed · 2 wrong arguments or configuration · 3 no gateway there, or it does not let you in
            130 interrupted while the work goes on`;

/** Port and address faults of a listening server: to be corrected where it is configured. */
const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is in use.',
  EACCES: 'This port may not be listened on.',
  EADDRNOTAVAIL: 'This machine has no such address to listen on.',
};

const systemCodeOf = (error: unknown): string | undefined => {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    if ('code' in each && typeof each.code === 'string' && each.code in listenFaults) return each.code;
  }
  return undefined;
};

/** What a failure is called for people, and how the process ends with it. */
export interface Presented {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

/** Never a stack: what is not ours keeps its first line alone. */
export const presentFailure = (error: unknown): Presented => {
  if (error instanceof VigilClientError) {
    const outside =
      error.code === 'GATEWAY_UNREACHABLE' || error.code === 'NOT_A_GATEWAY' || (error.code === 'FORBIDDEN' && error.backend === undefined);
    const usage = error.code === 'INVALID_INPUT' || error.code === 'BAD_USER_INPUT';
    const exitCode = outside ? exitCodes.unreachable : usage ? exitCodes.usage : exitCodes.failed;
    return { exitCode, code: error.code, message: error.message, ...(error.requestId ? { requestId: error.requestId } : {}) };
  }
  const systemCode = systemCodeOf(error);
  if (systemCode) {
    // The server names address and port; a bare system error does not.
    const message = isVigilError(error) ? error.message : `${listenFaults[systemCode]} (${systemCode})`;
    return { exitCode: exitCodes.usage, code: 'INVALID_INPUT', message };
  }
  if (isVigilError(error)) {
    // CONFLICT of our own: the store belongs to another gateway, which is corrected where the port is.
    const usage = error.code === 'INVALID_INPUT' || error.code === 'CONFLICT';
    return { exitCode: usage ? exitCodes.usage : exitCodes.failed, code: error.code, message: error.message };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { exitCode: exitCodes.failed, code: 'INTERNAL', message: `A fault in vigil itself: ${text.split('\n')[0]}` };
};
