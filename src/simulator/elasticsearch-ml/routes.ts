import type { Json } from '../json.js';
import type { RequestParams } from './request-params.js';
import type { Principal } from './security.js';
import type { TaskRecord } from './tasks.js';
import type { World } from './world.js';

/** An endpoint. */
export interface Route {
  readonly method: string;
  /** Path with placeholders; also the name it is counted under. */
  readonly template: string;
  /** Reads and checks parameters and body; what it throws comes before the refusal of unread parameters. */
  readonly prepare: (call: Call) => Prepared;
}

/** A request to an endpoint. */
export interface Call {
  readonly world: World;
  readonly params: RequestParams;
  /** What the placeholders of the path stand for, decoded. */
  readonly path: Readonly<Record<string, string>>;
  /** Empty when there is none. */
  readonly body: string;
  readonly principal: Principal | undefined;
  /** Who `es-secondary-authorization` names: whose privileges a datafeed is created with. */
  readonly secondary: Principal | undefined;
  /** Adds a deprecation warning to the answer. */
  warn(text: string): void;
}

/** A request whose parameters are fine. */
export interface Prepared {
  /** The transport action: what privileges are checked against and tasks are listed under. */
  readonly action: string;
  /** The index it is about, for messages about privileges. */
  readonly index?: string;
  /** The endpoint reads a body. */
  readonly readsBody?: boolean;
  /** Of the task. */
  readonly description?: string;
  readonly cancellable?: boolean;
  /** What its task shows while it runs. */
  readonly status?: (task: TaskRecord) => Json;
  /** Answers `{task}` at once; the outcome, and a missing privilege, only stand in the stored result. */
  readonly background?: boolean;
  readonly run: (task: TaskRecord) => Promise<Reply> | Reply;
}

/** What an endpoint answers. */
export interface Reply {
  readonly status?: number;
  readonly body: Json;
  /** Sent as plain text instead of the body. */
  readonly text?: string;
}

/** A 200 with a body. */
export const reply = (body: Json): Reply => ({ body });
