import type { Anomaly, AnomalyQuery, Sliced } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { AnomalyFilterInput } from './anomaly.input.js';
import type { BackendFailureType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import { createFailures } from './failures.js';
import { bounded } from './filters.js';
import { settle } from './settle.js';
import { emptySlice, parseSlice, type SliceConnection, viewSlice } from './slice.js';

export type AnomalyConnectionSource = SliceConnection<Anomaly> & { readonly unavailable: readonly BackendFailureType[] };

/** Arguments of a list of anomalies. */
export interface AnomalyListArguments {
  readonly filter: AnomalyFilterInput | null | undefined;
  readonly first: number | null | undefined;
  readonly after: string | null | undefined;
}

type Wanted = Omit<AnomalyQuery, 'skip' | 'first'>;

const invalid = (message: string, field: string): VigilError => new VigilError('INVALID_INPUT', message, { path: ['filter', field] });

/** Throws INVALID_INPUT with the place in the arguments. */
const parseFilter = (input: AnomalyFilterInput | null | undefined): Wanted => {
  const { from, to, minScore, entity } = input ?? {};
  bounded(entity, ['filter', 'entity']);
  if (typeof minScore === 'number' && !(minScore >= 0 && minScore <= 1))
    throw invalid(`\`minScore\` has to be 0 to 1, not ${minScore}.`, 'minScore');
  if (typeof from === 'number' && typeof to === 'number' && from >= to) throw invalid('`to` has to be later than `from`.', 'to');
  return {
    ...(typeof from === 'number' ? { from } : {}),
    ...(typeof to === 'number' ? { to } : {}),
    ...(typeof minScore === 'number' ? { minScore } : {}),
    ...(entity && entity.length > 0 ? { entity: entity.map(({ name, value }) => ({ name, value })) } : {}),
  };
};

/** Who has found them: a job or a detector. */
export interface AnomalyOwner {
  readonly id: string;
  readonly backendKey: string;
}

/** What it has found. That it cannot be read is said in `unavailable` and never an error: the list may stand in each row of another. */
export const readAnomalies = async (
  context: GatewayContext,
  owner: AnomalyOwner,
  { filter, first, after }: AnomalyListArguments,
  read: (query: AnomalyQuery) => Promise<Sliced<Anomaly>>,
): Promise<AnomalyConnectionSource> => {
  const wanted = parseFilter(filter);
  const slice = parseSlice(listHash(`anomalies of ${owner.id}`, wanted, {}), first, after, 20);
  const found = await settle(read({ ...wanted, skip: slice.skip, first: slice.first }));
  if (found.ok) return { ...viewSlice(slice, found.value), unavailable: [] };
  const failures = createFailures(context, []);
  failures.add(context.ownerOf(owner.backendKey), 'ANOMALIES', found.error);
  return { ...emptySlice<Anomaly>(slice), unavailable: failures.view() };
};
