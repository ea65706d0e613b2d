-- What one gate is, read at the start of a step and written at its end.
-- KEYS: state, calls, leases, requests. ARGV: what to do, settings, what is given, the time or 0.

local STATE, CALLS, LEASES, REQUESTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local WHOLE, DOUBLINGS = 1000, 20
local FORCED_WAIT, PROBING_WAIT, COLD_WAIT = 60000, 1000, 1000
local CAPACITY_WAIT, REST, ODD_WAIT = 500, 1000, 60000
local FORGOTTEN = 30 * 86400000 -- after the last look, of a connector that nobody uses any more

local FRESH = {
  state = 'cold', since = 0, until_ = 0, cause = '', trips = 0, step = 0, good = 0, bad = 0,
  probes = 0, epoch = 0, mode = 'normal', mode_until = 0, share = 1000, share_at = 0,
  rest_until = 0, day = 0, used_today = 0, saved = -1, saved_at = 0,
}

local now = tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local of = cmsgpack.unpack(ARGV[2])
local moved = nil
local before, it = {}, {}
for name, value in pairs(FRESH) do it[name] = value end
local kept = redis.call('HGETALL', STATE)
for number = 1, #kept, 2 do
  local name, value = kept[number], kept[number + 1]
  before[name] = value
  it[name] = type(FRESH[name]) == 'number' and tonumber(value) or value
end

local function keep()
  local changed = {}
  for name, value in pairs(it) do
    local text = type(value) == 'number' and string.format('%.0f', value) or value
    if before[name] ~= text then
      changed[#changed + 1] = name
      changed[#changed + 1] = text
    end
  end
  if #changed > 0 then redis.call('HSET', STATE, unpack(changed)) end
end
