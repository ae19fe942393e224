import { createServer } from 'node:net';
import { VigilError } from '../errors.js';

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const tries = 100;

/** The first free port of loopback from this one on. Whoever is quick can still take it in between; the gateway then says so. */
export const freePortFrom = async (first: number): Promise<number> => {
  for (let port = first; port < first + tries && port <= 65_535; port += 1) if (await isFree(port)) return port;
  throw new VigilError('INVALID_INPUT', `None of the ports ${first} to ${first + tries - 1} is free: choose another with --port.`);
};
