import { createHash } from 'node:crypto';
import { leaseSources } from './lease-scripts.js';
import { streamSources } from './stream-scripts.js';

/**
 * What has to happen in one go. KEYS[1] is the claim of the gateway and ARGV[1] what it must hold: a command that was on its way when the connection was
 * lost, or that a gateway sends after its time, does nothing. Numbers above 2^53 do not occur; `%.0f` writes them whole, where Lua would write 1e+15.
 */
const guarded = (body: string): string => `if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('STALE the claim has passed on')
end
${body}`;

const sources = {
  /** KEYS values. ARGV key. */
  get: `return redis.call('HGET', KEYS[2], ARGV[2])`,
  /** KEYS values, names. ARGV key, value. */
  put: `redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1`,
  /** KEYS values, names, mark. ARGV key, value, '1' when it may have been carried out before, life of the mark in ms. The mark says that it was, and won. */
  putIfAbsent: `if ARGV[4] == '1' and redis.call('EXISTS', KEYS[4]) == 1 then return 1 end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
redis.call('SET', KEYS[4], '', 'PX', ARGV[5])
return 1`,
  /** KEYS values, names. ARGV key, value: of an outage. */
  restoreFirst: `if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1`,
  /** KEYS values, names. ARGV key. */
  delete: `redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
return 1`,
  /** KEYS values, names. ARGV from, to, limit. All members have one score: their order is that of their bytes. */
  list: `local names = redis.call('ZRANGEBYLEX', KEYS[3], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local values = {}
for first = 1, #names, 1000 do
  local some = redis.call('HMGET', KEYS[2], unpack(names, first, math.min(first + 999, #names)))
  for index = 1, #some do values[first + index - 1] = some[index] end
end
return { names, values }`,
  /** KEYS pieces. ARGV index, bytes, life in ms. */
  piece: `redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1`,
  /** KEYS large, pieces. ARGV key, id, bytes, pieces, '1' to replace what is there, what names of pieces begin with. 0: taken; -1: pieces are missing. */
  complete: `local head = ARGV[3] .. ' ' .. ARGV[4]
local found = redis.call('HGET', KEYS[2], ARGV[2])
if found == head then return 1 end
if found and ARGV[6] ~= '1' then return 0 end
if redis.call('HLEN', KEYS[3]) ~= tonumber(ARGV[5]) then return -1 end
if found then redis.call('UNLINK', ARGV[7] .. string.match(found, '^%S+')) end
redis.call('PERSIST', KEYS[3])
redis.call('HSET', KEYS[2], ARGV[2], head)
return 1`,
  /** KEYS pieces. */
  discard: `return redis.call('UNLINK', KEYS[2])`,
  /** KEYS pieces. ARGV index. */
  readPiece: `return redis.call('HGET', KEYS[2], ARGV[2])`,
  /** KEYS large. ARGV key, what names of pieces begin with. */
  deleteLarge: `local found = redis.call('HGET', KEYS[2], ARGV[2])
if not found then return 0 end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('UNLINK', ARGV[3] .. string.match(found, '^%S+'))
return 1`,
  /** KEYS heads, leases. The highest number of a stream and the highest fence that were ever given. */
  highest: `local number, fence = 0, 0
for _, last in ipairs(redis.call('HVALS', KEYS[2])) do number = math.max(number, tonumber(last)) end
for _, text in ipairs(redis.call('HVALS', KEYS[3])) do
  local one, floor = string.match(text, '^(%d+) %d+ (%d+) ')
  fence = math.max(fence, tonumber(one), tonumber(floor))
end
return { string.format('%.0f', number), string.format('%.0f', fence) }`,
  /** KEYS stamp. ARGV layout, name of a fresh area, where to set another stamp aside. Gives the area, and what was set aside. */
  area: `local found
if redis.call('EXISTS', KEYS[2]) == 1 then
  found = redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2]) or ''
  local layout, area = string.match(found, '^(%S+) (%x+)$')
  if layout == ARGV[2] then return { area, false } end
  redis.call('RENAME', KEYS[2], ARGV[4])
end
redis.call('SET', KEYS[2], ARGV[2] .. ' ' .. ARGV[3])
return { ARGV[3], found or false }`,
  /** ARGV life in ms. */
  renew: `return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  /** Gives the right to write back. */
  yield: `return redis.call('DEL', KEYS[1])`,
  ...streamSources,
  ...leaseSources,
} as const;

export type ScriptName = keyof typeof sources;

export interface Script {
  readonly source: string;
  /** By which the server knows it. */
  readonly digest: string;
}

const script = (source: string): Script => ({ source, digest: createHash('sha1').update(source).digest('hex') });

export const scripts: ReadonlyMap<ScriptName, Script> = new Map(
  Object.entries(sources).map(([name, body]) => [name as ScriptName, script(guarded(body))] as const),
);
