import { isIP } from 'node:net';
import type { Fault, Path } from './faults.js';
import { at, listAt, type Places, type Tree } from './tree.js';

/** A host name or an IP address. */
export const hostPattern = /^[A-Za-z0-9.:_-]+$/;

/** Addresses nobody but this machine reaches. */
const isLoopback = (host: string): boolean => {
  const plain = host.toLowerCase().replace(/^::ffff:/, '');
  if (isIP(plain) === 4) return plain.startsWith('127.');
  return plain === 'localhost' || plain === '::1' || plain === '0:0:0:0:0:0:0:1';
};

type Say = (path: Path, message: string) => void;

const judgeServer = (tree: Tree, say: Say): void => {
  const host = at(tree, ['server', 'host']);
  if (typeof host !== 'string' || !hostPattern.test(host) || isLoopback(host)) return;
  const insecure = at(tree, ['server', 'insecure']);
  if (at(tree, ['server', 'auth']) !== undefined || insecure === true || insecure === 'true') return;
  say(['server', 'host'], 'is reachable from other machines: add server.auth, or server.insecure: true if that is meant');
};

const judgeTls = (tree: Tree, owner: Path, scheme: 'http' | 'redis', say: Say): void => {
  const url = at(tree, [...owner, 'url']);
  const plain = typeof url === 'string' && url.toLowerCase().startsWith(`${scheme}://`);
  if (plain && at(tree, [...owner, 'tls']) !== undefined)
    say([...owner, 'tls'], `has no effect on ${scheme === 'http' ? 'an' : 'a'} ${scheme}:// URL: use ${scheme}s:// or remove it`);
};

/** What a schema of single values cannot see. Looks at the tree as it stands, so that these faults are told together with the schema's. */
export const judgeTogether = (tree: Tree, places: Places): readonly Fault[] => {
  const faults: Fault[] = [];
  const say: Say = (path, message) => void faults.push({ place: places.of(path), path, message });

  judgeServer(tree, say);
  if (at(tree, ['store', 'kind']) === 'redis') judgeTls(tree, ['store'], 'redis', say);
  const firstOf = new Map<string, number>();
  for (const index of listAt(tree, ['backends']).keys()) {
    const backend: Path = ['backends', index];
    judgeTls(tree, backend, 'http', say);
    const id = at(tree, [...backend, 'id']);
    if (typeof id !== 'string' || id === '') continue;
    const first = firstOf.get(id);
    if (first === undefined) firstOf.set(id, index);
    else say([...backend, 'id'], `is the id of backends[${first}] as well: ids must differ`);
  }
  return faults;
};
