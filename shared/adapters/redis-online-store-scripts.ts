import { createHash } from 'node:crypto';

/**
 * The writes of the Redis online store as Lua 5.1, each atomic and within one hash slot.
 * https://redis.io/docs/latest/develop/programmability/lua-api/
 * Numbers of Lua are doubles, so versions, revisions and sums stay decimal text without leading zeros.
 */
export interface RedisScript {
  readonly lua: string;
  /** Of the text, in hexadecimal: what EVALSHA names it by. */
  readonly sha1: string;
}

/** A version above the stored one; both are not negative. */
const IS_ABOVE = `
local function isAbove(version, stored)
  return #version > #stored or (#version == #stored and version > stored)
end
`;

/** Sums of any size. Below 16 digits a double is exact; beyond, seven digits at a time, right to left. */
const ADD = `
local function digitsAt(text, last)
  if last < 1 then return 0 end
  return tonumber(text:sub(math.max(1, last - 6), last))
end
local function combine(larger, smaller, sign)
  local parts, carry = {}, 0
  local left, right = #larger, #smaller
  while left > 0 or right > 0 or carry ~= 0 do
    local part = digitsAt(larger, left) + sign * digitsAt(smaller, right) + carry
    carry = math.floor(part / 10000000)
    table.insert(parts, 1, string.format('%07d', part - carry * 10000000))
    left, right = left - 7, right - 7
  end
  local digits = table.concat(parts):gsub('^0+', '')
  return digits == '' and '0' or digits
end
local function negated(amount)
  if amount == '0' then return '0' end
  return amount:sub(1, 1) == '-' and amount:sub(2) or '-' .. amount
end
local function add(a, b)
  if #a < 16 and #b < 16 then return string.format('%.0f', tonumber(a) + tonumber(b)) end
  local aIsNegative, bIsNegative = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  local aDigits, bDigits = aIsNegative and a:sub(2) or a, bIsNegative and b:sub(2) or b
  local digits, isNegative
  if aIsNegative == bIsNegative then
    digits, isNegative = combine(aDigits, bDigits, 1), aIsNegative
  elseif #aDigits > #bDigits or (#aDigits == #bDigits and aDigits >= bDigits) then
    digits, isNegative = combine(aDigits, bDigits, -1), aIsNegative
  else
    digits, isNegative = combine(bDigits, aDigits, -1), bIsNegative
  end
  return isNegative and negated(digits) or digits
end
`;

/** Facts are kept as `version json`, sums as `revision json`. */
const PARSE = `
local function parse(text)
  local space = text:find(' ', 1, true)
  return text:sub(1, space - 1), cjson.decode(text:sub(space + 1))
end
`;

/** HSET of any number of fields and values: Lua passes at most 8,000 arguments. */
const SET_FIELDS = `
local function setFields(key, first)
  for from = first, #ARGV, 2000 do
    redis.call('HSET', key, unpack(ARGV, from, math.min(#ARGV, from + 1999)))
  end
end
`;

/** KEYS: hash, versions. ARGV: per write field, version, '1' to set or '0' to remove, value. */
export const PUT_FIELDS = script(`${IS_ABOVE}
for i = 1, #ARGV, 4 do
  local field, version = ARGV[i], ARGV[i + 1]
  local stored = redis.call('HGET', KEYS[2], field)
  if not stored or isAbove(version, stored) then
    redis.call('HSET', KEYS[2], field, version)
    if ARGV[i + 2] == '1' then
      redis.call('HSET', KEYS[1], field, ARGV[i + 3])
    else
      redis.call('HDEL', KEYS[1], field)
    end
  end
end`);

/**
 * KEYS: facts, sums, unpublished of the shard. ARGV: per fact its name, version, JSON of its adds [[window, field, amount], …].
 * Answers every window that does not show its latest sum, and that sum: window, `revision json`, …
 * A revision is a time in microseconds, so that it grows even where the store lost its last writes.
 * Reads everything before the first write: an error leaves nothing half done.
 */
export const CONTRIBUTE = script(`${IS_ABOVE}${ADD}${PARSE}
local windows, facts = {}, {}
local function addTo(adds, isTaken)
  for _, item in ipairs(adds) do
    local window = windows[item[1]]
    if not window then
      local stored = redis.call('HGET', KEYS[2], item[1])
      local revision, sums = '0', {}
      if stored then revision, sums = parse(stored) end
      window = { revision = revision, sums = sums }
      windows[item[1]] = window
    end
    local amount = isTaken and negated(item[3]) or item[3]
    local sum = add(window.sums[item[2]] or '0', amount)
    window.sums[item[2]] = sum ~= '0' and sum or nil
  end
end
for i = 1, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  local version, adds = nil, {}
  if stored then version, adds = parse(stored) end
  if not version or isAbove(ARGV[i + 1], version) then
    addTo(adds, true)
    addTo(cjson.decode(ARGV[i + 2]), false)
    facts[#facts + 1] = { ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2] }
  end
end
local clock = redis.call('TIME')
local now = string.format('%s%06d', clock[1], clock[2])
for name, window in pairs(windows) do
  local revision = isAbove(now, window.revision) and now or add(window.revision, '1')
  redis.call('HSET', KEYS[2], name, revision .. ' ' .. cjson.encode(window.sums))
  redis.call('HSET', KEYS[3], name, revision)
end
for _, fact in ipairs(facts) do redis.call('HSET', KEYS[1], fact[1], fact[2]) end
local answer = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[3])) do
  answer[#answer + 1] = name
  answer[#answer + 1] = redis.call('HGET', KEYS[2], name)
end
return answer`);

/**
 * KEYS: window, shares. ARGV: shard, `revision json` of its sum, milliseconds to keep the window or '0' for ever.
 * The window changes by the shard's sum minus what it had of that shard.
 */
export const PUBLISH = script(`${IS_ABOVE}${ADD}${PARSE}
local revision, sums = parse(ARGV[2])
local stored = redis.call('HGET', KEYS[2], ARGV[1])
local before = {}
if stored then
  local published
  published, before = parse(stored)
  if not isAbove(revision, published) then return 0 end
end
local changes = {}
for field, sum in pairs(before) do changes[field] = negated(sum) end
for field, sum in pairs(sums) do changes[field] = add(changes[field] or '0', sum) end
for field, change in pairs(changes) do
  if change ~= '0' then
    local total = add(redis.call('HGET', KEYS[1], field) or '0', change)
    if total == '0' then
      redis.call('HDEL', KEYS[1], field)
    else
      redis.call('HSET', KEYS[1], field, total)
    end
  end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
if ARGV[3] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return 1`);

/** KEYS: unpublished. ARGV: per window its name and the revision that it shows. */
export const SETTLE = script(`
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end`);

/** KEYS: hash. ARGV: per field its name and value. */
export const REPLACE = script(`${SET_FIELDS}
redis.call('UNLINK', KEYS[1])
setFields(KEYS[1], 1)`);

/** KEYS: loading. ARGV: milliseconds after which a load that was left is gone, then per field its name and value. */
export const LOAD = script(`${SET_FIELDS}
setFields(KEYS[1], 2)
redis.call('PEXPIRE', KEYS[1], ARGV[1])`);

/** KEYS: hash, loading. ARGV: fields that were loaded. Answers 0, and leaves the hash, when not all of them are there. */
export const FINISH_LOAD = script(`
if redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[1]) then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('PERSIST', KEYS[1])
return 1`);

/** For the tests of the arithmetic. ARGV: two amounts. */
export const ADD_AMOUNTS = script(`${ADD} return { add(ARGV[1], ARGV[2]), add(ARGV[1], negated(ARGV[2])) }`);

function script(lua: string): RedisScript {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}
