import { createHash } from 'node:crypto';

/**
 * What has to happen in one go. KEYS[1] is the claim of the gateway and ARGV[1] what it must hold: a command that was on its way when the connection was
 * lost, or that a gateway sends after its time, does nothing. Numbers above 2^53 do not occur; `%.0f` writes them whole, where Lua would write 1e+15.
 */
const guarded = (body: string): string => `if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('STALE the claim has passed on')
end
${body}`;

/** Milliseconds by the server's clock, unless the caller brings one of his own. */
const clock = `local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/**
 * A lease: fence, end, floor and holder. An end of 0 is that of a lease nobody holds; the next fence is above the floor too. The one of no name has the
 * highest fence of those that were dropped: `highest` gives it to the gateway, which never asks for less.
 */
const lease = `${clock}
local function readLease()
  local text = redis.call('HGET', KEYS[2], ARGV[2])
  if not text then return 0, 0, 0, '' end
  local fence, expires, floor, holder = string.match(text, '^(%d+) (%d+) (%d+) (.*)$')
  return tonumber(fence), tonumber(expires), tonumber(floor), holder
end
local function writeLease(fence, expires, floor, holder)
  redis.call('HSET', KEYS[2], ARGV[2], string.format('%.0f %.0f %.0f ', fence, expires, floor) .. holder)
end
local function dropLease(fence, floor)
  local text = redis.call('HGET', KEYS[2], '')
  local highest = text and tonumber(string.match(text, '^%d+')) or 0
  redis.call('HSET', KEYS[2], '', string.format('%.0f 0 0 ', math.max(highest, fence, floor)))
  redis.call('HDEL', KEYS[2], ARGV[2])
end
`;

const entry = `local function addEntry(number, previous, value)
  redis.call('XADD', KEYS[2], string.format('%.0f-0', number), 'p', string.format('%.0f', previous), 'v', value)
  redis.call('HSET', KEYS[3], ARGV[2], string.format('%.0f', number))
end
`;

const sources = {
  /** KEYS values. ARGV key. */
  get: `return redis.call('HGET', KEYS[2], ARGV[2])`,
  /** KEYS values, names. ARGV key, value. */
  put: `redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1`,
  /** KEYS values, names. ARGV key, value, '1' when it may have been carried out before. */
  putIfAbsent: `local found = redis.call('HGET', KEYS[2], ARGV[2])
if found then return (ARGV[4] == '1' and found == ARGV[3]) and 1 or 0 end
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
  /** KEYS stream, heads. ARGV name, value, keep, number, '1' when it may have been carried out before. */
  append: `${entry}
local last = tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or '0')
local number = tonumber(ARGV[5])
if last >= number then
  if ARGV[6] == '1' then return ARGV[5] end
  number = last + 1
end
addEntry(number, last, ARGV[3])
redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[4])
return string.format('%.0f', number)`,
  /** KEYS stream, heads. ARGV name, first, limit. */
  read: `return { redis.call('HGET', KEYS[3], ARGV[2]) or '0', redis.call('XRANGE', KEYS[2], ARGV[3], '+', 'COUNT', ARGV[4]) }`,
  /** KEYS stream, heads. ARGV name, value, number, previous: an entry of an outage. One without a previous follows what is there. */
  restoreEntry: `${entry}
local last = tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or '0')
local number = tonumber(ARGV[4])
local previous = tonumber(ARGV[5])
if last >= number then
  local found = redis.call('XRANGE', KEYS[2], ARGV[4] .. '-0', ARGV[4] .. '-0')
  if found[1] then return 0 end
  number, previous = last + 1, last
end
if previous == 0 then previous = last end
addEntry(number, previous, ARGV[3])
return 1`,
  /** KEYS stream, heads. ARGV name, last, keep: the head of a stream after an outage. */
  restoreHead: `redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[4])
if tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or '0') < tonumber(ARGV[3]) then redis.call('HSET', KEYS[3], ARGV[2], ARGV[3]) end
return 1`,
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
  /** KEYS leases. ARGV name, holder, life in ms, clock, least fence. */
  acquire: `${lease}
local now = clock(ARGV[5])
local fence, expires, floor, holder = readLease()
local valid = expires > now
if valid and holder ~= ARGV[3] then return false end
if not valid then fence = math.max(fence + 1, floor + 1, tonumber(ARGV[6])) end
writeLease(fence, now + tonumber(ARGV[4]), floor, ARGV[3])
return { string.format('%.0f', fence), string.format('%.0f', now + tonumber(ARGV[4])) }`,
  /** KEYS leases. ARGV name, holder. */
  release: `${lease}
local fence, expires, floor, holder = readLease()
if expires > 0 and holder == ARGV[3] then dropLease(fence, floor) end
return 1`,
  /** KEYS leases. ARGV name, holder, life in ms or 0, clock, fence: a lease of an outage. Who holds it here, or under a newer fence, keeps it. */
  restoreLease: `${lease}
local now = clock(ARGV[5])
local fence, expires, floor, holder = readLease()
local given = tonumber(ARGV[6])
if given < fence or (expires > now and holder ~= ARGV[3]) then
  writeLease(fence, expires, math.max(floor, given), holder)
elseif tonumber(ARGV[4]) > 0 then
  writeLease(given, now + tonumber(ARGV[4]), floor, ARGV[3])
else
  dropLease(given, floor)
end
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
} as const;

/** Takes the right to write unless another gateway has it; gives that one's words and what is left of its time. The first word is the gateway. */
const claim = `local found = redis.call('GET', KEYS[1])
if found and string.match(found, '^%S+') ~= string.match(ARGV[1], '^%S+') then
  return { found, redis.call('PTTL', KEYS[1]) }
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`;

export type ScriptName = keyof typeof sources | 'claim';

export interface Script {
  readonly source: string;
  /** By which the server knows it. */
  readonly digest: string;
}

const script = (source: string): Script => ({ source, digest: createHash('sha1').update(source).digest('hex') });

export const scripts: ReadonlyMap<ScriptName, Script> = new Map([
  ...Object.entries(sources).map(([name, body]) => [name as ScriptName, script(guarded(body))] as const),
  ['claim', script(claim)] as const,
]);
