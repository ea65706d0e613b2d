-- What `resilience.quota.take` does, by the server's clock.
-- KEYS: the moment from which on there is everything again. ARGV: interval, burst, need, want, the
-- time or 0. Microseconds: below 2^53, so that a double holds them.
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local need, want, now = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local tolerance = interval * burst
need = math.min(need, burst)
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
full = math.min(full, now + tolerance)
local free = math.floor((tolerance - (full - now)) / interval)
local granted = free >= need and math.min(math.max(want, need), free) or 0
full = full + granted * interval
if granted > 0 then
  -- A minute longer than it says anything: no expiry by a clock's tick decides over a call.
  local kept = math.ceil((full - now) / 1000) + 60000
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', kept)
end
local wait = granted > 0 and 0 or full + need * interval - now - tolerance
return { granted, math.floor((tolerance - (full - now)) / interval), wait, full - now }
