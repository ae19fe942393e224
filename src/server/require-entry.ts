import type { DoorKeeper } from './door-auth.js';
import type { Exchange } from './exchange.js';
import { sendError } from './respond.js';

/** Who asks; undefined when the answer, 401, has been sent. */
export const requireEntry = (
  { request, response, requestId }: Exchange,
  keeper: DoorKeeper,
): { readonly actor: string | null } | undefined => {
  const entry = keeper.admit(request.headers.authorization);
  if (entry.admitted) return entry;
  sendError(
    response,
    401,
    { code: 'FORBIDDEN', message: 'Send `Authorization: Bearer <token>` with one of the tokens of server.auth.', requestId },
    { 'www-authenticate': 'Bearer realm="vigil"' },
  );
  return undefined;
};
