import type { SimulatedAnswer, SimulatedRequest } from '../exchange.js';
import { type Json, parseJson } from '../json.js';
import type { Customer } from './customers.js';
import type { Dialect } from './dialect.js';
import type { Project } from './projects.js';
import { exception, Refusal } from './refusal.js';
import type { World } from './world.js';

/** An endpoint below `/symetry/rest/{cid}`. */
export interface Route {
  readonly method: string;
  /** Path with placeholders; `cid` is always the first of them. */
  readonly template: string;
  /** Releases that have it; all, without. */
  readonly since?: (dialect: Dialect) => boolean;
  readonly answer: (call: Call) => SimulatedAnswer;
}

/** A request to an endpoint by somebody whose signature was right. */
export interface Call {
  readonly world: World;
  readonly customer: Customer;
  /** What the placeholders of the path stand for, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly request: SimulatedRequest;
}

/** Where everything of a customer is. */
export const base = '/symetry/rest/{cid}';

/** A project that is there. */
export function projectOf({ world, customer, path }: Call): Project {
  const id = path.pid ?? '';
  const project = world.projects.find(customer.id, id);
  if (project === undefined) throw new Refusal(400, `Cannot Find SYMETRYML id[${id}] for Customer id [${customer.id}]`);
  return project;
}

/** The body as JSON, undefined where there is none; what is no JSON is an exception of the server. */
export function bodyOf({ request }: Call): Json | undefined {
  if (request.bytes.length === 0) return undefined;
  const body = parseJson(request.body);
  if (body === undefined) throw exception('JSON syntax error in request body');
  return body;
}

/** A query parameter that has to be there; what is said without it is not documented. */
export function needed({ query }: Call, name: string): string {
  const value = query[name];
  if (value === undefined || value === '') throw exception(`Missing query parameter ${name}`);
  return value;
}
