import type { CheckpointLimits } from './log.js';

/** When the view is written as a whole: after so many entries, or bytes of them. */
export interface ViewSaver {
  /** An entry was written, or read. */
  count(sequence: number, bytes: number): void;
  /** The next one counts alone: what is before it in the store leads nowhere. */
  breakOff(): void;
  /** Begins to write it, when it is time. */
  saveIfDue(): void;
  save(): Promise<void>;
  /** Returns when what is under way is written. */
  settle(): Promise<void>;
}

/** What writes it. */
export interface ViewSaverOptions {
  readonly limits: CheckpointLimits;
  /** Returns the number of the entry up to which the view is in the store by then. */
  readonly write: (alone: boolean) => Promise<number>;
  readonly fault: (message: string, cause: unknown) => void;
}

export const createViewSaver = ({ limits, write, fault }: ViewSaverOptions): ViewSaver => {
  let unsaved: { readonly sequence: number; readonly bytes: number }[] = [];
  let bytes = 0;
  let isAlone = false;
  let writing: Promise<void> | undefined;

  const forget = (goes: (sequence: number) => boolean): void => {
    unsaved = unsaved.filter(({ sequence }) => !goes(sequence));
    bytes = unsaved.reduce((sum, each) => sum + each.bytes, 0);
  };

  const save = async (): Promise<void> => {
    const alone = isAlone;
    isAlone = false;
    const last = unsaved.at(-1)?.sequence ?? 0;
    try {
      const saved = await write(alone);
      forget((sequence) => sequence <= saved);
    } catch (cause) {
      isAlone ||= alone;
      // It is tried again as late as if it had been written, so that a store that is full is not asked at every entry.
      forget((sequence) => sequence <= last);
      fault('the view of the journal could not be written', cause);
    }
  };

  return {
    count: (sequence, size) => {
      unsaved.push({ sequence, bytes: size });
      bytes += size;
    },
    breakOff: () => {
      isAlone = true;
    },
    saveIfDue: () => {
      const isDue = isAlone || unsaved.length >= limits.checkpointEntries || bytes >= limits.checkpointBytes;
      if (writing || !isDue) return;
      writing = save().finally(() => {
        writing = undefined;
      });
    },
    save,
    settle: async () => writing,
  };
};
