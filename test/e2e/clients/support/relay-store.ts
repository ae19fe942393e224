import {
  Environment,
  type GraphQLResponse,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  type SingularReaderSelector,
  type Snapshot,
  Store,
  type Variables,
} from 'relay-runtime';
import type { CompiledApp } from './relay-compiler.js';
import type { Transport } from './transport.js';

export const createEnvironment = (transport: Transport): Environment => {
  const ask = async (text: string | null | undefined, name: string, variables: Variables): Promise<GraphQLResponse> => {
    const response = await transport.fetch(transport.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, operationName: name, variables }),
    });
    return (await response.json()) as GraphQLResponse;
  };
  const overSocket = (text: string | null | undefined, name: string, variables: Variables): Observable<GraphQLResponse> =>
    Observable.create((sink) =>
      transport.socket.subscribe(
        { query: text ?? '', operationName: name, variables },
        {
          next: (result) => sink.next(result as GraphQLResponse),
          error: (error) => sink.error(error as Error),
          complete: () => sink.complete(),
        },
      ),
    );
  return new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      ({ text, name, operationKind }, variables) => (operationKind === 'query' ? ask : overSocket)(text, name, variables),
      ({ text, name }, variables) => overSocket(text, name, variables),
    ),
  });
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mergeDeep = (left: unknown, right: unknown): unknown => {
  if (Array.isArray(left) && Array.isArray(right)) return left.map((each, index) => mergeDeep(each, right[index]));
  if (!isRecord(left) || !isRecord(right)) return right;
  const merged: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) merged[key] = key in left ? mergeDeep(left[key], value) : value;
  return merged;
};

/** Reads from the store alone. Throws when something is missing. `met` is told each part that was read, as a component of its own would watch it. */
export const createReader = (environment: Environment, app: CompiledApp) => {
  const look = (selector: SingularReaderSelector, met: (snapshot: Snapshot) => void): unknown => {
    const snapshot = environment.lookup(selector);
    if (snapshot.isMissingData) throw new TypeError(`the store misses data of ${selector.node.name}`);
    met(snapshot);
    return unmask(snapshot.data, met);
  };
  /** Puts the data of the fragments where Relay has masked them. */
  const unmask = (value: unknown, met: (snapshot: Snapshot) => void = () => undefined): unknown => {
    if (Array.isArray(value)) return value.map((each) => unmask(each, met));
    if (!isRecord(value)) return value;
    const { __fragments: fragments, __fragmentOwner: _owner, __id: _id, ...own } = value;
    const shown: unknown = Object.fromEntries(Object.entries(own).map(([key, each]) => [key, unmask(each, met)]));
    return Object.keys(isRecord(fragments) ? fragments : {}).reduce((merged, name) => {
      const selector = getSingularSelector(app.fragment(name), value);
      if (!selector) throw new TypeError(`the data has no reference to ${name}`);
      return mergeDeep(merged, look(selector, met));
    }, shown);
  };
  return { look, unmask };
};
