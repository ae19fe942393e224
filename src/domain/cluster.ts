import type { DetectorModel } from './detector-profile.js';

/** A node of a backend's cluster. */
export interface ClusterNode {
  readonly id: string;
  readonly backendKey: string;
  readonly nativeId: string;
  readonly name?: string | null;
  readonly roles?: readonly string[];
  /** Typed metrics, by product; null where it gives none. */
  readonly metrics?: NodeMetrics | null;
  /** Every number the vendor gives about the node, under the vendor's own names. */
  readonly rawMetrics?: readonly Metric[];
  /** Models of detectors in its memory; empty where the product has none. */
  readonly models?: readonly DetectorModel[];
}

/** A node's typed metrics. `typename` names the GraphQL type the vendor's `graphql.ts` declares for them. */
export interface NodeMetrics {
  readonly typename: string;
  readonly id: string;
}

/** A metric under the vendor's own name. */
export interface Metric {
  readonly name: string;
  readonly text: string;
  /** Null for what is no number. */
  readonly number: number | null;
}

/** Statistics of a whole cluster. */
export interface ClusterStats {
  /** `cluster:<backend>:<the cluster's own id or name>`. */
  readonly id: string;
  readonly backendKey: string;
  readonly nodes: readonly ClusterNode[];
  readonly rawMetrics: readonly Metric[];
  /** Health of the product's own indices, in the vendor's words; absent where it tells none. */
  readonly indexStatuses?: readonly IndexStatus[];
  readonly detectorCount?: number | null;
  readonly singleStreamDetectorCount?: number | null;
  readonly highCardinalityDetectorCount?: number | null;
}

/** Health of one of the product's own indices. */
export interface IndexStatus {
  readonly name: string;
  readonly status: string;
}
