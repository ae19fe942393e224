import DataLoader from 'dataloader';
import type { Backend, PartFailure, Reading, Readings } from '../domain/index.js';
import { asVigilError, VigilError } from '../errors.js';

/** One object, by the backend's key and its native id there. */
interface ObjectKey {
  readonly backend: string;
  readonly native: string;
}

/** How one kind of object is read. */
export interface BatchOptions<T> {
  /** Undefined: no such backend is configured, so there is no such object either. */
  readonly backendOf: (key: string) => Backend | undefined;
  /** One call of the contract. */
  readonly read: (backend: Backend, nativeIds: readonly string[]) => Promise<Readings<T>>;
  /** Told about the parts a batch lacked. */
  readonly onMissing: (backendKey: string, missing: readonly PartFailure[]) => void;
  /** Told about what an adapter must not throw. */
  readonly onFault: (fault: unknown) => void;
}

/** Value, null (gone), or an error (undetermined, or the backend is down). Loads of one tick cost one call for each backend. */
export type BackendLoader<T> = DataLoader<ObjectKey, T | null, string>;

const outcomeOf = <T>(reading: Reading<T> | undefined): T | null | VigilError => {
  if (reading === undefined) return new VigilError('INTERNAL', 'The adapter left an id without an answer.');
  if (reading.status === 'found') return reading.value;
  return reading.status === 'gone' ? null : reading.cause;
};

const failed = (error: unknown, onFault: (fault: unknown) => void): VigilError => {
  const known = asVigilError(error);
  if (known !== error) onFault(error);
  return known;
};

export const batchByBackend = <T>(options: BatchOptions<T>): BackendLoader<T> => {
  const readOne = async (backendKey: string, natives: readonly string[]): Promise<ReadonlyMap<string, T | null | VigilError>> => {
    const backend = options.backendOf(backendKey);
    if (!backend) return new Map(natives.map((native) => [native, null]));
    try {
      const { readings, missing } = await options.read(backend, natives);
      options.onMissing(backendKey, missing);
      return new Map(natives.map((native) => [native, outcomeOf(readings.get(native))]));
    } catch (error) {
      const known = failed(error, options.onFault);
      return new Map(natives.map((native) => [native, known]));
    }
  };

  return new DataLoader<ObjectKey, T | null, string>(
    async (keys) => {
      const natives = new Map<string, string[]>();
      for (const { backend, native } of keys) {
        const of = natives.get(backend);
        if (of) of.push(native);
        else natives.set(backend, [native]);
      }
      const answers = new Map(await Promise.all([...natives].map(async ([key, ids]) => [key, await readOne(key, ids)] as const)));
      // Paired by key, never by position: adapters answer in the order their vendor likes.
      return keys.map(({ backend, native }) => answers.get(backend)?.get(native) ?? null);
    },
    { cacheKeyFn: ({ backend, native }) => `${backend}:${native}` },
  );
};
