/** What every entity of a result has. */
export interface EntityBase {
  /** The vendor's key. */
  readonly name: string;
  /** Place in `BodyIndex.entities`: tells two entities of one key apart. */
  readonly position: number;
  /** As sent, as plain JSON; NaN and the infinities are text. Null when it was not asked for, or for the reason in `rawOmitted`. */
  readonly raw: unknown;
  /** Why there is no `raw` although it was asked for. */
  readonly rawOmitted: string | null;
}

export interface FrameColumn {
  readonly index: number;
  /** Empty when the vendor sent no name for it. */
  readonly name: string;
  readonly type: string | null;
}

/** A table; its rows are read page by page with `readRows`. */
export interface DataFrameEntity extends EntityBase {
  readonly kind: 'DataFrame';
  readonly columns: readonly FrameColumn[];
  readonly rowCount: number;
}

export interface KeyValue {
  readonly key: string;
  /** As sent: the text of a string, the literal of a number, the JSON of anything else. */
  readonly text: string;
  /** Null for words, NaN and the infinities. */
  readonly number: number | null;
}

export interface KeyValueMapEntity extends EntityBase {
  readonly kind: 'KeyValueMap';
  /** Entries in the order they were sent. */
  readonly maps: readonly { readonly entries: readonly KeyValue[] }[];
  /** Of an optimised k-means: its scores by number of clusters. Empty for every other job. */
  readonly kMeans: readonly KMeansScore[];
}

/** What one number of clusters is worth. Texts as sent; numbers null for what is no finite number. */
export interface KMeansScore {
  readonly clusters: number;
  readonly wssse: KeyValue | null;
  readonly silhouette: KeyValue | null;
}

/** A project as it was when the job ended. */
export interface ProjectInfo {
  readonly pid: string;
  readonly type: string | null;
  readonly encoderName: string | null;
  readonly models: readonly { readonly name: string; readonly type: string | null }[];
  readonly dataSources: readonly string[];
  readonly attributes: readonly { readonly index: number; readonly name: string; readonly type: string | null }[];
  /** Milliseconds since 1970. */
  readonly createdAt: number | null;
  readonly modifiedAt: number | null;
  readonly loaded: boolean | null;
  readonly persisted: boolean | null;
  /** Without those whose names say that they hold a secret. */
  readonly params: readonly KeyValue[];
}

export interface ProjectInfoEntity extends EntityBase {
  readonly kind: 'ProjectInfoResult';
  readonly projects: readonly ProjectInfo[];
}

export interface NumberEntity extends EntityBase {
  readonly kind: 'NumberResult';
  /** Null for NaN and the infinities, which are in `raw`. */
  readonly number: number | null;
}

export interface AwsInfoEntity extends EntityBase {
  readonly kind: 'AwsInfoResult';
  /** False: there was no key for it or not the right one; lists are empty and `raw` is the text as it was sent. */
  readonly decrypted: boolean;
  readonly topics: readonly { readonly region: string; readonly arn: string; readonly endpoints: readonly string[] }[];
  readonly queues: readonly { readonly region: string; readonly url: string }[];
}

/** An entity there is no type for: a new key, or a known one whose shape is not the documented one. */
export interface UnknownEntity extends EntityBase {
  readonly kind: 'UnknownResult';
  /** Why a known key has no type here; null for an unknown key. */
  readonly reason: string | null;
}

export type ResultEntity = DataFrameEntity | KeyValueMapEntity | ProjectInfoEntity | NumberEntity | AwsInfoEntity | UnknownEntity;
