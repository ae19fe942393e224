import DataLoader from 'dataloader';
import { type Backend, type GlobalId, nativeOf, type PartFailure, type Reading, type Readings } from '../domain/index.js';
import { asVigilError, VigilError } from '../errors.js';

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
  /** Resolves when what was read may be shown. */
  readonly agreed: () => Promise<void>;
}

/** Value, null (gone), or an error (undetermined, or the backend is down). Loads of one tick cost one call for each backend. */
export type BackendLoader<T> = DataLoader<GlobalId, T | null, string>;

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
      await options.agreed();
      options.onMissing(backendKey, missing);
      return new Map(natives.map((native) => [native, outcomeOf(readings.get(native))]));
    } catch (error) {
      const known = failed(error, options.onFault);
      return new Map(natives.map((native) => [native, known]));
    }
  };

  /** What the adapter is asked for: where it tells incarnations apart, two of one native id are two objects. */
  const nativeFor = (id: GlobalId): string => nativeOf(id, options.backendOf(id.backend)?.adapter ?? {});

  return new DataLoader<GlobalId, T | null, string>(
    async (keys) => {
      const natives = new Map<string, string[]>();
      for (const id of keys) {
        const of = natives.get(id.backend);
        if (of) of.push(nativeFor(id));
        else natives.set(id.backend, [nativeFor(id)]);
      }
      const answers = new Map(await Promise.all([...natives].map(async ([key, ids]) => [key, await readOne(key, ids)] as const)));
      // Paired by key, never by position: adapters answer in the order their vendor likes.
      return keys.map((id) => answers.get(id.backend)?.get(nativeFor(id)) ?? null);
    },
    { cacheKeyFn: (id) => `${id.backend}:${nativeFor(id)}` },
  );
};
