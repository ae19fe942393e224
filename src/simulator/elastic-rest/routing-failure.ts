import type { JsonObject } from '../json.js';

/** A refusal by the routing layer, whose envelope holds a string only. */
export class RoutingFailure extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** "No handler found" is answered without `status` in the body. */
  readonly bare: boolean;

  constructor(
    status: number,
    message: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly bare?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = more.headers ?? {};
    this.bare = more.bare ?? false;
  }
}

/** The body of a refusal by the routing layer. */
export const routingJson = (failure: RoutingFailure): JsonObject =>
  failure.bare ? { error: failure.message } : { error: failure.message, status: failure.status };
