import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { VigilError } from '../errors.js';

/** Keeps a second process away from a folder. */
export interface FileLock {
  /** Idempotent. */
  release(): void;
}

/** Who holds a lock, as its file says. */
interface Holder {
  readonly pid: number;
  /** When the process began, in the kernel's own count: tells it from a later one with the same pid. Null where that cannot be learnt. */
  readonly started: string | null;
  /** Machine, boot and pid namespace: only within one of these does a pid name a process. */
  readonly space: string;
  readonly host: string;
  readonly token: string;
}

/** The holder touches its file so often, for those who cannot look whether it lives. */
const heartbeatMs = 5_000;
/** Silent for so long, a holder that cannot be looked at is taken for dead. */
const deadAfterMs = 20_000;

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there, or not for us: either way it tells nothing.
    return null;
  }
};

/** Field 22 of /proc/<pid>/stat; the second one, the command's name, may hold blanks and parentheses (proc(5)). */
const startOf = (pid: number): string | null => {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
};

const pidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // No Linux: then there are no pid namespaces.
    return '';
  }
};

const ourSpace = (): string => [hostname(), read('/proc/sys/kernel/random/boot_id')?.trim() ?? '', pidNamespace()].join(' ');

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const parse = (text: string | null): Holder | undefined => {
  try {
    const holder: unknown = JSON.parse(text ?? '');
    return typeof holder === 'object' && holder !== null && 'pid' in holder && 'token' in holder ? (holder as Holder) : undefined;
  } catch {
    // Empty for the moment between its making and its writing, or not ours.
    return undefined;
  }
};

const silentMs = (file: string): number => {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? Number.POSITIVE_INFINITY : Date.now() - stat.mtimeMs;
};

const lives = (file: string, holder: Holder | undefined): boolean => {
  const recent = silentMs(file) < deadAfterMs;
  if (holder === undefined || holder.space !== ourSpace()) return recent;
  if (!isRunning(holder.pid)) return false;
  return holder.started === null ? recent : holder.started === startOf(holder.pid);
};

const create = (file: string, text: string): boolean => {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, text);
    closeSync(handle);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/** Moves a dead holder's file away; gives it back when another process was faster and the file is its own by now. */
const remove = (file: string, judged: string | null): void => {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) === judged) rmSync(aside, { force: true });
  else renameSync(aside, file);
};

const taken = (file: string, holder: Holder | undefined): VigilError => {
  const who =
    holder === undefined
      ? 'another process'
      : holder.space === ourSpace()
        ? `the process ${holder.pid}`
        : `the process ${holder.pid} on the host ${holder.host}`;
  const patience =
    holder !== undefined && holder.space === ourSpace() ? '' : ` If it is gone already, try again in ${deadAfterMs / 1_000} seconds.`;
  return new VigilError(
    'CONFLICT',
    `The store is in use by ${who}: its lock is ${file}. Stop that process, or give this one a folder of its own in \`store.path\`.${patience}`,
  );
};

/** Takes the lock or throws CONFLICT. The lock of a dead process is taken over. */
export const takeLock = (file: string): FileLock => {
  const me: Holder = { pid: process.pid, started: startOf(process.pid), space: ourSpace(), host: hostname(), token: randomUUID() };
  const text = JSON.stringify(me);
  for (let tries = 0; !create(file, text); tries += 1) {
    const found = read(file);
    const holder = parse(found);
    if (tries > 2 || lives(file, holder)) throw taken(file, holder);
    remove(file, found);
  }
  const beat = (): void => {
    const at = new Date();
    // A medium that cannot be touched now is reported by the next write of the store.
    if (read(file) === text) utimesSync(file, at, at);
  };
  const timer = setInterval(() => {
    try {
      beat();
    } catch {
      // Between looking and touching the folder may vanish; the lock is then gone with it.
    }
  }, heartbeatMs).unref();
  return {
    release: () => {
      clearInterval(timer);
      if (read(file) === text) rmSync(file, { force: true });
    },
  };
};
