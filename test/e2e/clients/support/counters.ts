import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';

/** What a wall display asks for again and again: less of the same objects than the list does, down to parts of values without an id. */
export const countersDocument: TypedDocumentNode<{ readonly jobs: object }, Record<string, never>> = parse(`
  query Counters {
    backends { id health { status } }
    jobs(filter: { states: [OPENED] }, first: 5) {
      edges { node { id processed { current } datafeed { id realtime } details { id ... on ElasticsearchJobDetails { dataCounts { id inputBytes } } } } }
    }
  }
`);
