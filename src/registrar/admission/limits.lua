-- Rate and concurrency. Step for step what `resilience/limits.py` does, which explains it.

local function lost()
  local gone = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now)
  if #gone > 0 then redis.call('ZREMRANGEBYSCORE', LEASES, '-inf', now) end
  local longest = 0
  for _, window in ipairs(of.windows) do longest = math.max(longest, window.span) end
  redis.call('ZREMRANGEBYSCORE', REQUESTS, '-inf', now - longest)
  return gone
end

local function share_now()
  return math.min(WHOLE, it.share + math.floor((now - it.share_at) * WHOLE / of.regrow))
end

local function part(whole, share)
  return math.max(1, math.floor(whole * share / WHOLE))
end

local function today()
  for _, day in ipairs(of.days) do
    if day[1] <= now and now < day[2] then return day end
  end
  return nil
end

local function after(moment) return '(' .. string.format('%.0f', moment) end

local function full_until(cost)
  local latest, rest = 0, share_now()
  for _, window in ipairs(of.windows) do
    local from = after(now - window.span)
    local over = redis.call('ZCOUNT', REQUESTS, from, '+inf') + cost
      - math.max(cost, part(window.requests, rest))
    if over > 0 then
      local found = redis.call('ZRANGEBYSCORE', REQUESTS, from, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)
      latest = math.max(latest, math.min(tonumber(found[2]), now) + window.span)
    end
  end
  return latest
end

local function spent_until(cost)
  if of.daily == 0 then return 0 end
  local day = today()
  if not day then return now + ODD_WAIT end
  local used = it.day == day[1] and it.used_today or 0
  return used + cost > of.daily and day[2] or 0
end

local function limited(cost)
  if now < it.rest_until then return 'rate', it.rest_until end
  for _, span in ipairs(of.quiet) do
    if span[1] <= now and now < span[2] then return 'quiet', span[2] end
  end
  local latest = math.max(full_until(cost), spent_until(cost))
  if latest > 0 then return 'rate', latest end
  return nil
end

local function crowded(share)
  local most = part(part(of.concurrency, share), share_now())
  if redis.call('ZCARD', LEASES) >= most then return 'capacity', now + CAPACITY_WAIT end
  return nil
end

local function take(lease, ends, cost)
  redis.call('ZADD', LEASES, ends, lease)
  if #of.windows > 0 then
    for number = 0, cost - 1 do redis.call('ZADD', REQUESTS, ends, lease .. '/' .. number) end
  end
  local day = today()
  if of.daily > 0 and day then
    if it.day ~= day[1] then it.day, it.used_today = day[1], 0 end
    it.used_today = it.used_today + cost
  end
end

local function sent(lease)
  local number = 0
  while redis.call('ZSCORE', REQUESTS, lease .. '/' .. number) do
    redis.call('ZADD', REQUESTS, now, lease .. '/' .. number)
    number = number + 1
  end
end

local function give_back(lease)
  if redis.call('ZREM', LEASES, lease) == 0 then return false end
  sent(lease)
  return true
end

local function run_out(lease)
  redis.call('ZADD', LEASES, now, lease)
  sent(lease)
end

local function heed(made, began)
  if made.signal == 'throttled' then
    it.rest_until = math.max(it.rest_until, now + REST)
    if began >= it.share_at then
      it.share = math.max(of.least_share, math.floor(share_now() / 2))
      it.share_at = now
    end
  end
  if made.rest > 0 then
    it.rest_until = math.max(it.rest_until, now + math.min(made.rest, of.longest_open))
  end
end

local function fill(used_today)
  local most = 0
  for _, window in ipairs(of.windows) do most = math.max(most, window.requests) end
  redis.call('DEL', REQUESTS)
  for number = 0, most - 1 do redis.call('ZADD', REQUESTS, now + of.lease, 'unknown/' .. number) end
  local day = today()
  it.day, it.used_today = day and day[1] or 0, day and used_today or 0
end
