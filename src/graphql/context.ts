import type { GraphQLResolveInfo } from 'graphql';
import type { Backend, Backends, FieldSet, Instant, Ledger, TaskBook } from '../domain/index.js';
import { VigilError } from '../errors.js';
import { createLoaders, type Loaders } from '../loaders/index.js';
import type { ProgressHub, VerbService } from '../progress/hub.js';
import { messagesWanted, operationFields } from './fields.js';
import { createGathering, type Gathering } from './gathering.js';
import { createShown, type Shown } from './shown.js';

/** What one execution is given. */
export interface GatewayContextDependencies {
  readonly requestId: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Who asks, as far as the door knows. */
  readonly actor: string | null;
  /** Cursor that the transport was told to resume after; wins over the argument `after`. */
  readonly after?: string;
  readonly backends: Backends;
  /** The same, read through what the poll loops have just read: events of subscriptions are resolved from them. */
  readonly liveBackends: Backends;
  readonly ledger: Ledger;
  readonly book: TaskBook;
  readonly hub: ProgressHub;
  readonly verbs: VerbService;
  /** Told about faults that the answer only shows as INTERNAL inside a list; for the log. */
  readonly report: (fault: unknown) => void;
  readonly now?: () => Instant;
}

/** What resolvers work with: one for each query or mutation, one for each event of a subscription. */
export interface GatewayContext extends GatewayContextDependencies, Gathering {
  /** Objects as this execution shows them. */
  readonly shown: Shown;
  /** Everything the operation wants to know. */
  fields(info: GraphQLResolveInfo): FieldSet;
  /** The reads of this execution, made on first use. */
  loaders(info: GraphQLResolveInfo): Loaders;
  /** Undefined when no such backend is configured. */
  backendOf(key: string): Backend | undefined;
  /** Of an object that a backend gave: it is configured. */
  ownerOf(key: string): Backend;
}

export const createGatewayContext = (dependencies: GatewayContextDependencies): GatewayContext => {
  const { backends, liveBackends, ledger, book, hub, signal, requestId, report, now } = dependencies;
  const backendOf = (key: string): Backend | undefined => backends.all.find((backend) => backend.key === key);
  let fields: FieldSet | undefined;
  let loaders: Loaders | undefined;
  const fieldsOf = (info: GraphQLResolveInfo): FieldSet => {
    fields ??= operationFields(info);
    return fields;
  };
  const ownerOf = (key: string): Backend => {
    const backend = backendOf(key);
    if (!backend) throw new VigilError('INTERNAL', `An object names the backend "${key}", which is not configured.`);
    return backend;
  };
  return {
    ...dependencies,
    ...createGathering(),
    shown: createShown(ledger, ownerOf),
    fields: fieldsOf,
    loaders(info) {
      loaders ??= createLoaders({
        backends: info.operation.operation === 'subscription' ? liveBackends : backends,
        ledger,
        book,
        fields: fieldsOf(info),
        messagesFirst: messagesWanted(info),
        signal,
        requestId,
        report,
        vanished: hub.followUp,
        ...(now ? { now } : {}),
      });
      return loaders;
    },
    backendOf,
    ownerOf,
  };
};
