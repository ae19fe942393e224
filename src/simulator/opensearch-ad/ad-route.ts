import { illegalState } from './failures.js';
import type { Call, Reply, Route } from './routes.js';
import { isEnabled, type World } from './world.js';

/** An endpoint of the plugin. */
export interface AdRoute {
  readonly method: string;
  /** Below the base path. */
  readonly path: string;
  /** The action without what every action of the product begins with. */
  readonly action: string;
  /** There is no legacy spelling of it. */
  readonly newOnly?: boolean;
  /** Checks what was sent; what it returns does the work. */
  readonly prepare: (world: World, call: Call) => () => Promise<Reply> | Reply;
}

const prepared =
  (world: World, { action, prepare }: AdRoute): Route['prepare'] =>
  (call) => {
    const { wording, names } = world.dialect;
    // Looked at before anything else (AD source, prepareRequest).
    if (!isEnabled(world)) throw illegalState(wording.disabled(`${names.settings}.enabled`));
    return { action: `${names.actions}/${action}`, run: prepare(world, call) };
  };

/** Endpoints under every spelling of the product. */
export const mountAdRoutes = (world: World, routes: readonly AdRoute[]): readonly Route[] =>
  routes.flatMap((route) => {
    const { base, legacyBase } = world.dialect.names;
    const bases = legacyBase === undefined || route.newOnly === true ? [base] : [base, legacyBase];
    return bases.map((start) => ({ method: route.method, template: `${start}${route.path}`, prepare: prepared(world, route) }));
  });
