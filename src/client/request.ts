import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type DocumentNode, Kind, print } from 'graphql';

/** One operation as both doors send it. */
export interface RequestPayload {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

const texts = new WeakMap<DocumentNode, Pick<RequestPayload, 'query' | 'operationName'>>();

const textOf = (document: DocumentNode): Pick<RequestPayload, 'query' | 'operationName'> => {
  const known = texts.get(document);
  if (known) return known;
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  const text = { query: print(document), ...(operation?.name ? { operationName: operation.name.value } : {}) };
  texts.set(document, text);
  return text;
};

export const requestOf = <Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): RequestPayload => ({
  ...textOf(document),
  variables: { ...(variables as Record<string, unknown>) },
});
