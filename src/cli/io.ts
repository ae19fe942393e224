/** A stream the command line writes to. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Why a command is asked to stop before its end. `EPIPE`: whoever read the output has gone (`vigil jobs | head`). */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'EPIPE';

/** What the command line has of the world around it. */
export interface CliIo {
  /** Without node and script. */
  readonly argv: readonly string[];
  /** How this program was called, to be shown in what to type next: `vigil`. */
  readonly invocation: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths are relative to it. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts with a StopReason. */
  readonly signal: AbortSignal;
}
