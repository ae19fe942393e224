/**
 * KEYS stream, heads; ARGV name. Each entry names the one before it (`p`) and says whose it is (`i`: the gateway, and the number it wished for, which it
 * never gives twice and only raises).
 */
const entry = `local function lastNumber()
  return tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or '0')
end
local function addEntry(number, previous, value, id)
  redis.call('XADD', KEYS[2], string.format('%.0f-0', number), 'p', string.format('%.0f', previous), 'v', value, 'i', id)
  redis.call('HSET', KEYS[3], ARGV[2], string.format('%.0f', number))
end
`;

/**
 * Looks for what may have been carried out before, among the entries from a number on, a few at a time. Gives its number, and whether it is that very one:
 * otherwise it is a later one of the same gateway, whose commands are carried out in order.
 */
const find = `local function findEntry(id, first)
  local gateway, number = string.match(id, '^(%S+) (%d+)$')
  local from = string.format('%.0f-0', first)
  while true do
    local some = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', 100)
    for _, found in ipairs(some) do
      local owner, own = string.match(found[2][6] or '', '^(%S+) (%d+)$')
      if owner == gateway and tonumber(own) >= tonumber(number) then return string.match(found[1], '^%d+'), own == number end
    end
    if #some < 100 then return nil end
    from = '(' .. some[#some][1]
  end
end
`;

/** All with KEYS stream, heads. */
export const streamSources = {
  /** ARGV name, value, keep, number, id, '1' when it may have been carried out before. One that was, and was dropped since, is not added again either. */
  append: `${entry}${find}
local last, number = lastNumber(), tonumber(ARGV[5])
if ARGV[7] == '1' and last >= number then
  local found, same = findEntry(ARGV[6], number)
  if found then return same and found or ARGV[5] end
end
number = math.max(number, last + 1)
addEntry(number, last, ARGV[3], ARGV[6])
redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[4])
return string.format('%.0f', number)`,
  /** ARGV as of append, and the number of the entry that has to be the last. Gives nothing when it is not. */
  appendAfter: `${entry}${find}
local last, after = lastNumber(), tonumber(ARGV[8])
if last ~= after then
  if ARGV[7] ~= '1' then return false end
  local found, same = findEntry(ARGV[6], after + 1)
  return same and found or false
end
local number = math.max(tonumber(ARGV[5]), last + 1)
addEntry(number, last, ARGV[3], ARGV[6])
redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[4])
return string.format('%.0f', number)`,
  /** ARGV name, first, limit. */
  read: `return { redis.call('HGET', KEYS[3], ARGV[2]) or '0', redis.call('XRANGE', KEYS[2], ARGV[3], '+', 'COUNT', ARGV[4]) }`,
  /** ARGV name, id of the first entry that stays. */
  trim: `return redis.call('XTRIM', KEYS[2], 'MINID', ARGV[3])`,
  /** ARGV name, value, number, id, '1' when one before it was lost, '1' when it may have been carried out before: an entry of an outage. */
  restoreEntry: `${entry}${find}
local last, number = lastNumber(), tonumber(ARGV[4])
if ARGV[7] == '1' and last >= number and findEntry(ARGV[5], number) then return 0 end
if ARGV[6] == '1' then
  -- A number nobody ever had stands for what was lost: whoever reads sees that it is missing.
  number = math.max(number, last + 2)
  addEntry(number, number - 1, ARGV[3], ARGV[5])
else
  number = math.max(number, last + 1)
  addEntry(number, last, ARGV[3], ARGV[5])
end
return 1`,
  /** ARGV name, last, keep, '1' when the last one was lost: the head of a stream after an outage. */
  restoreHead: `${entry}
redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[4])
if ARGV[5] == '1' then redis.call('HSET', KEYS[3], ARGV[2], string.format('%.0f', math.max(lastNumber() + 1, tonumber(ARGV[3])))) end
return 1`,
} as const;
