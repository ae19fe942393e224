import type { DataFrame, FoundEntity } from '../../../domain/index.js';

/** What every entity of a result has. In `raw` NaN and the infinities are text; it is null when it was not asked for, or for the reason in `rawOmitted`. */
export interface EntityBase extends Omit<FoundEntity, 'typename'> {
  /** Why there is no `raw` although it was asked for. */
  readonly rawOmitted: string | null;
}

/** A table; its rows are read page by page with `readRows`. */
export interface DataFrameEntity extends EntityBase, Pick<DataFrame, 'columns' | 'rowCount'> {
  readonly typename: 'DataFrame';
}

export interface KeyValue {
  readonly key: string;
  /** As sent: the text of a string, the literal of a number, the JSON of anything else. */
  readonly text: string;
  /** Null for words, NaN and the infinities. */
  readonly number: number | null;
}

export interface KeyValueMapEntity extends EntityBase {
  readonly typename: 'KeyValueMap';
  /** Entries in the order they were sent. */
  readonly maps: readonly { readonly entries: readonly KeyValue[] }[];
  /** Of an optimised k-means: its scores by number of clusters. Empty for every other job. */
  readonly kMeans: readonly KMeansScore[];
}

/** What one number of clusters is worth. Null for what was not sent, and for what is no finite number: its text is among the entries. */
export interface KMeansScore {
  readonly clusters: number;
  readonly wssse: number | null;
  readonly silhouette: number | null;
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
  readonly typename: 'ProjectInfoResult';
  readonly projects: readonly ProjectInfo[];
}

export interface NumberEntity extends EntityBase {
  readonly typename: 'NumberResult';
  /** Null for NaN and the infinities, which are in `raw`. */
  readonly number: number | null;
}

export interface AwsInfoEntity extends EntityBase {
  readonly typename: 'AwsInfoResult';
  /** False: there was no key for it or not the right one; lists are empty and `raw` is the text as it was sent. */
  readonly decrypted: boolean;
  readonly topics: readonly { readonly region: string; readonly arn: string; readonly endpoints: readonly string[] }[];
  readonly queues: readonly { readonly region: string; readonly url: string }[];
}

/** An entity there is no type for: a new key, or a known one whose shape is not the documented one. */
export interface UnknownEntity extends EntityBase {
  readonly typename: 'UnknownResult';
  /** Why a known key has no type here; null for an unknown key. */
  readonly reason: string | null;
}

export type ResultEntity = DataFrameEntity | KeyValueMapEntity | ProjectInfoEntity | NumberEntity | AwsInfoEntity | UnknownEntity;
