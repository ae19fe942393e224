/** Bounds on one operation, the same behind both doors. */
export interface OperationLimits {
  /** Nesting of fields. */
  readonly maxDepth: number;
  /** Aliased fields in one document, fragments counted once per use. */
  readonly maxAliases: number;
  /** Tokens in one document; checked while parsing. */
  readonly maxTokens: number;
  /** Root fields of one operation, fragments spread out: bounds how many verbs one request can send. */
  readonly maxRootFields: number;
  /** Estimated fields in the answer: `first` and lists of ids multiply what stands below them. */
  readonly maxCost: number;
}
