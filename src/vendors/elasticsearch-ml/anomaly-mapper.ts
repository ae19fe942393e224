import { createHash } from 'node:crypto';
import { type Anomaly, formatId, isInstant } from '../../domain/index.js';
import { withoutSecrets } from './raw.js';
import type { Sent } from './wire.js';
import type { WireRecord } from './wire-results.js';

type Pair = Anomaly['entity'][number];
type Named = Pick<
  WireRecord,
  'partition_field_name' | 'partition_field_value' | 'over_field_name' | 'over_field_value' | 'by_field_name' | 'by_field_value'
>;

const pair = (name: string | undefined, value: string | undefined): readonly Pair[] =>
  name === undefined || value === undefined ? [] : [{ name, value }];

const fieldsOf = (named: Named): readonly Pair[] => [
  ...pair(named.partition_field_name, named.partition_field_value),
  ...pair(named.over_field_name, named.over_field_value),
  ...pair(named.by_field_name, named.by_field_value),
];

/** A population analysis tells in `causes` what it measured; that is the record's own where there is but one. */
const onlyCause = (record: WireRecord) => (record.causes?.length === 1 ? record.causes[0] : undefined);

/** Fields the record was split by, then whatever influenced it; each pair once. */
const entityOf = (record: WireRecord): readonly Pair[] => {
  const influences = (record.influencers ?? []).flatMap(({ influencer_field_name: name, influencer_field_values: values }) =>
    values.map((value) => ({ name, value })),
  );
  const cause = onlyCause(record);
  const all = [...fieldsOf(record), ...(cause ? fieldsOf(cause) : []), ...influences];
  return [...new Map(all.map((each) => [JSON.stringify([each.name, each.value]), each])).values()];
};

/** The API leaves out the id under which a record is stored; it is made from these same facts. */
const keyOf = (record: WireRecord): string => {
  const values = [record.partition_field_value, record.over_field_value, record.by_field_value];
  const split = values.some((value) => value !== undefined)
    ? `_${createHash('sha256')
        .update(JSON.stringify(values.map((value) => value ?? null)))
        .digest('hex')
        .slice(0, 16)}`
    : '';
  return `${record.timestamp}_${record.bucket_span ?? 0}_${record.detector_index ?? 0}${split}`;
};

const endOf = ({ timestamp, bucket_span: seconds }: WireRecord): number | null => {
  const endAt = seconds === undefined ? Number.NaN : timestamp + seconds * 1000;
  return isInstant(endAt) ? endAt : null;
};

export const mapAnomaly = (backend: string, jobId: string, { wire, raw }: Sent<WireRecord>, wantsRaw: boolean): Anomaly => {
  const cause = onlyCause(wire);
  return {
    id: `${formatId('job', backend, jobId)}/anomalies/${keyOf(wire)}`,
    startAt: wire.timestamp,
    endAt: endOf(wire),
    score: wire.record_score / 100,
    // A record has a probability, which is not how sure the vendor is of it.
    confidence: null,
    entity: entityOf(wire),
    functionName: wire.function ?? cause?.function ?? null,
    fieldName: wire.field_name ?? cause?.field_name ?? null,
    actual: wire.actual ?? cause?.actual ?? [],
    typical: wire.typical ?? cause?.typical ?? [],
    interim: wire.is_interim ?? false,
    ...(wantsRaw ? { raw: withoutSecrets(raw) } : {}),
  };
};
