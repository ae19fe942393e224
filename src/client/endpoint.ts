import { VigilClientError } from './errors.js';

/** Both doors of one gateway. */
export interface Endpoints {
  readonly http: string;
  readonly webSocket: string;
}

/** From the gateway's own URL (`https://vigil.example/base`) or that of its endpoint (`…/graphql`). */
export const endpointsOf = (url: string): Endpoints => {
  let endpoint: URL;
  try {
    endpoint = new URL(url);
  } catch (cause) {
    throw new VigilClientError('INVALID_INPUT', `"${url}" is not a URL. A gateway's looks like http://127.0.0.1:4000.`, { cause });
  }
  if (endpoint.protocol !== 'http:' && endpoint.protocol !== 'https:') {
    throw new VigilClientError('INVALID_INPUT', `"${url}" is not the URL of a gateway: it has to begin with http:// or https://.`);
  }
  const path = endpoint.pathname.replace(/\/+$/, '');
  endpoint.pathname = path.endsWith('/graphql') ? path : `${path}/graphql`;
  endpoint.search = '';
  endpoint.hash = '';
  return { http: endpoint.href, webSocket: endpoint.href.replace(/^http/, 'ws') };
};
