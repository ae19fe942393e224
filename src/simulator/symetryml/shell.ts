import type { SimulatedAnswer, SimulatedRequest } from '../exchange.js';
import { authenticate } from './authenticate.js';
import { envelope } from './envelope.js';
import { Refusal } from './refusal.js';
import { decodeSegment, type Router } from './router.js';
import type { World } from './world.js';

/** A page of the servlet container, as Jetty writes one for what no servlet answers. */
const page = (status: number, reason: string): SimulatedAnswer => ({
  status,
  headers: { 'content-type': 'text/html;charset=iso-8859-1' },
  body: `<html>\n<head><title>Error ${status} ${reason}</title></head>\n<body><h2>HTTP ERROR ${status} ${reason}</h2></body>\n</html>\n`,
});

function handle(world: World, router: Router, request: SimulatedRequest): SimulatedAnswer {
  if (world.timers.now() < world.downUntil) return page(503, 'Service Unavailable');
  const customerId = /^\/symetry\/rest\/([^/]+)(?:\/|$)/.exec(request.path)?.[1];
  if (customerId === undefined) return page(404, 'Not Found');
  const customer = authenticate(world, request, decodeSegment(customerId));
  const match = router.find(request.method, request.path);
  if (match === undefined) return page(404, 'Not Found');
  const query = Object.fromEntries(new URLSearchParams(request.query));
  return match.route.answer({ world, customer, path: match.path, query, request });
}

/** Answers a request as the server does; its clock shows in every answer. */
export function answerRequest(world: World, router: Router, request: SimulatedRequest): SimulatedAnswer {
  const answer = (() => {
    try {
      return handle(world, router, request);
    } catch (cause) {
      if (cause instanceof Refusal) return envelope(cause.status, cause.statusString, cause.values);
      throw cause;
    }
  })();
  return { ...answer, headers: { ...answer.headers, date: new Date(world.now()).toUTCString() } };
}
