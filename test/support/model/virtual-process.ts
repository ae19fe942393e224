import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What belongs to one process among several in this one: its timers, and what others have for it. It can be stopped, as SIGSTOP does, go on, and die. What it
 * is doing between two awaits it does to the end, as a process would that is stopped a moment later.
 */
export interface VirtualProcess {
  /** Does something as this process. */
  run<T>(work: () => T): T;
  /** Gives it something from outside: now, or when it goes on. */
  deliver(work: () => void): void;
  /** The same for a timer that is due, once at most. */
  fire(key: object, work: () => void): void;
  /** The timer was cleared. */
  withdraw(key: object): void;
  /** Resolves at once, or when it goes on; never when it is dead. */
  awake(): Promise<void>;
  stop(): void;
  goOn(): Promise<void>;
  die(): void;
  isStopped(): boolean;
  isDead(): boolean;
  /** Its timers that wait. */
  timers(): number;
}

/** What the clock does for it. */
export interface ProcessTimers {
  settle(): Promise<void>;
  timersOf(process: VirtualProcess): number;
  drop(process: VirtualProcess): void;
}

const current = new AsyncLocalStorage<VirtualProcess>();

export const currentProcess = (): VirtualProcess | undefined => current.getStore();

export const createVirtualProcess = ({ settle, timersOf, drop }: ProcessTimers): VirtualProcess => {
  let state: 'running' | 'stopped' | 'dead' = 'running';
  const due = new Map<object, () => void>();
  let arrived: (() => void)[] = [];

  const process: VirtualProcess = {
    run: (work) => current.run(process, work),
    deliver: (work) => {
      if (state === 'running') current.run(process, work);
      else if (state === 'stopped') arrived.push(work);
    },
    fire: (key, work) => {
      if (state === 'running') current.run(process, work);
      else if (state === 'stopped') due.set(key, work);
    },
    withdraw: (key) => due.delete(key),
    awake: () => new Promise((resolve) => process.deliver(resolve)),
    stop: () => {
      if (state === 'running') state = 'stopped';
    },
    goOn: async () => {
      if (state !== 'stopped') return;
      state = 'running';
      // Timers first: they are looked at before the sockets.
      for (const [key, work] of due) {
        due.delete(key);
        current.run(process, work);
        await settle();
      }
      for (const work of arrived.splice(0)) {
        current.run(process, work);
        await settle();
      }
    },
    die: () => {
      state = 'dead';
      due.clear();
      arrived = [];
      drop(process);
    },
    isStopped: () => state === 'stopped',
    isDead: () => state === 'dead',
    timers: () => timersOf(process),
  };
  return process;
};
