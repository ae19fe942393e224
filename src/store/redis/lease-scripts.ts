/** Milliseconds by the server's clock, unless the caller brings one of his own. */
const clock = `local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/**
 * A lease: fence, end, floor and holder. An end of 0 is that of a lease nobody holds; the next fence is above the floor too. The one of no name has the
 * highest fence of those that were dropped: a lease that is not there may have been among them.
 */
const lease = `${clock}
local function droppedFence()
  local text = redis.call('HGET', KEYS[2], '')
  return text and tonumber(string.match(text, '^%d+')) or 0
end
local function readLease()
  local text = redis.call('HGET', KEYS[2], ARGV[2])
  if not text then return 0, 0, droppedFence(), '' end
  local fence, expires, floor, holder = string.match(text, '^(%d+) (%d+) (%d+) (.*)$')
  return tonumber(fence), tonumber(expires), tonumber(floor), holder
end
local function writeLease(fence, expires, floor, holder)
  redis.call('HSET', KEYS[2], ARGV[2], string.format('%.0f %.0f %.0f ', fence, expires, floor) .. holder)
end
local function dropLease(name, fence, floor)
  redis.call('HSET', KEYS[2], '', string.format('%.0f 0 0 ', math.max(droppedFence(), fence, floor)))
  redis.call('HDEL', KEYS[2], name)
end
`;

/** All with KEYS leases. */
export const leaseSources = {
  /** ARGV name, holder, life in ms, clock, least fence. */
  acquire: `${lease}
local now = clock(ARGV[5])
local fence, expires, floor, holder = readLease()
local valid = expires > now
if valid and holder ~= ARGV[3] then return false end
if not valid then fence = math.max(fence + 1, floor + 1, tonumber(ARGV[6])) end
writeLease(fence, now + tonumber(ARGV[4]), floor, ARGV[3])
return { string.format('%.0f', fence), string.format('%.0f', now + tonumber(ARGV[4])) }`,
  /** ARGV how long ago in ms a lease must have lapsed, clock. Nobody comes by again to take those of gateways that died. */
  sweepLeases: `${lease}
local before = clock(ARGV[3]) - tonumber(ARGV[2])
local all = redis.call('HGETALL', KEYS[2])
for index = 1, #all, 2 do
  local fence, expires, floor = string.match(all[index + 1], '^(%d+) (%d+) (%d+) ')
  if all[index] ~= '' and tonumber(expires) < before then dropLease(all[index], tonumber(fence), tonumber(floor)) end
end
return 1`,
  /** ARGV name, holder. */
  release: `${lease}
local fence, expires, floor, holder = readLease()
if expires > 0 and holder == ARGV[3] then dropLease(ARGV[2], fence, floor) end
return 1`,
  /**
   * ARGV name, holder, life in ms or 0, clock, fence: a lease of an outage. Who holds it here, or held it under a fence that is as new, goes before; and
   * where nobody does, one who was given back since may have had a newer fence.
   */
  restoreLease: `${lease}
local now = clock(ARGV[5])
local fence, expires, floor, holder = readLease()
local given = tonumber(ARGV[6])
local theirs = holder ~= ARGV[3] and holder ~= ''
if given < fence or given <= floor or (theirs and (expires > now or given == fence)) then
  if holder == '' then dropLease(ARGV[2], math.max(fence, given), floor) else writeLease(fence, expires, math.max(floor, given), holder) end
elseif tonumber(ARGV[4]) > 0 then
  writeLease(given, now + tonumber(ARGV[4]), floor, ARGV[3])
else
  dropLease(ARGV[2], given, floor)
end
return 1`,
} as const;
