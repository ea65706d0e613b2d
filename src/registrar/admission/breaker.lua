-- The breaker. Step for step what `resilience/breaker.py` does, which explains it.

local BAD = {failure = true, hold = true}

-- A call is kept as at|signal|slow|worker.
local function read_calls()
  local found = {}
  for _, text in ipairs(redis.call('LRANGE', CALLS, 0, -1)) do
    local at, signal, slow, worker = string.match(text, '^(%d+)|(%a+)|(%d)|(.*)$')
    found[#found + 1] = {at = tonumber(at), signal = signal, slow = slow == '1', worker = worker}
  end
  return found
end

-- Those that still count; times never fall along the list.
local function recent(forget)
  local calls = read_calls()
  local old = 0
  while calls[old + 1] and calls[old + 1].at <= now - of.window_span do old = old + 1 end
  if old == 0 then return calls end
  if forget then redis.call('LTRIM', CALLS, old, -1) end
  local kept = {}
  for number = old + 1, #calls do kept[#kept + 1] = calls[number] end
  return kept
end

local function bad(call) return BAD[call.signal] == true end
local function slow(call) return call.slow end
local function poor(call) return call.slow or bad(call) end
local function held(call) return call.signal == 'hold' end

local function convinces(calls, which)
  local saying, all = {}, {}
  local sayers, workers = 0, 0
  for _, call in ipairs(calls) do
    if not all[call.worker] then
      all[call.worker] = true
      workers = workers + 1
    end
    if which(call) and not saying[call.worker] then
      saying[call.worker] = true
      sayers = sayers + 1
    end
  end
  return sayers > 1 or workers == 1
end

local function reaches(calls, rate, which)
  local met = 0
  for _, call in ipairs(calls) do
    if which(call) then met = met + 1 end
  end
  return met > 0 and met * WHOLE >= rate * #calls and convinces(calls, which)
end

local function move(state, cause)
  moved = {it.state, state, cause}
  it.state, it.since, it.cause = state, now, cause
  it.step, it.good, it.bad, it.probes = 0, 0, 0, 0
  it.epoch = it.epoch + 1
  redis.call('DEL', CALLS)
end

local function open(cause, jitter, first)
  if it.state == 'closed' and now - it.since >= of.forgive_after then it.trips = 0 end
  local whole = math.min(of.longest_open, first * 2 ^ math.min(it.trips, DOUBLINGS))
  it.trips = it.trips + 1
  it.until_ = now + math.floor(whole * (900 + math.floor(jitter / 5)) / WHOLE)
  move('open', cause)
end

local function settle(lost, busy, jitter)
  if it.mode_until > 0 and now >= it.mode_until then it.mode, it.mode_until = 'normal', 0 end
  if it.mode == 'disabled' then return end
  if it.state == 'probing' and lost then
    open('probe_lost', jitter, of.open_for)
  elseif it.state == 'open' and now >= it.until_ then
    move(of.probed and 'probing' or 'ramp', 'time')
  elseif it.state == 'probing' and now - it.since >= of.probing_for and not busy then
    move('ramp', 'no_probe')
  end
end

-- Share, or zero with until when; and whether the call's end decides over the state.
local function by_state(reads, busy)
  if it.state == 'open' then return 0, it.until_, false end
  if it.state == 'ramp' then return of.ramp[math.min(it.step + 1, #of.ramp)], 0, false end
  if it.state ~= 'probing' then return WHOLE, 0, false end
  if reads and not busy and it.probes < of.probes then return WHOLE, 0, true end
  return 0, now + PROBING_WAIT, false
end

local function passage(kind, busy)
  if it.state == 'cold' then return 0, now + COLD_WAIT, false end
  if it.mode == 'forced_open' then
    return 0, it.mode_until > 0 and it.mode_until or now + FORCED_WAIT, false
  end
  if it.mode == 'disabled' then return WHOLE, 0, false end
  local share, retry_at, probe = by_state(kind == 'look' or kind == 'probe', busy)
  if it.mode == 'shadow' then return WHOLE, 0, probe end
  return share, retry_at, probe
end

local function probed(made)
  if made.signal == 'neutral' then
    it.probes = it.probes - 1
  elseif BAD[made.signal] or made.slow then
    open(made.cause ~= '' and made.cause or 'probe', made.jitter, of.open_for)
  else
    it.good = it.good + 1
    if it.good >= of.probes then move('ramp', 'probe') end
  end
end

local function rated(calls, made)
  if #calls < of.min_calls then return end
  if reaches(calls, of.failure_rate, bad) then
    open('failure_rate', made.jitter, of.open_for)
  elseif reaches(calls, of.slow_rate, slow) then
    open('slow_rate', made.jitter, of.open_for)
  end
end

local function ramped(calls, made)
  if poor(calls[#calls]) then it.bad = it.bad + 1 else it.good = it.good + 1 end
  if it.bad * WHOLE >= of.failure_rate * of.ramp_calls and convinces(calls, poor) then
    open('relapse', made.jitter, of.open_for)
  elseif it.good + it.bad >= of.ramp_calls then
    if it.step + 1 >= #of.ramp then return move('closed', 'ramp') end
    it.step = it.step + 1
    it.good, it.bad = 0, 0
  end
end

local function counted(made)
  if made.signal == 'neutral' or made.signal == 'throttled' then return end
  local entry = string.format('%.0f|%s|%d|%s', now, made.signal, made.slow and 1 or 0, made.worker)
  redis.call('RPUSH', CALLS, entry)
  redis.call('LTRIM', CALLS, -of.window_calls, -1)
  if it.state == 'closed' and not (made.slow or BAD[made.signal]) then return end
  local calls = recent(true)
  if made.signal == 'hold' and convinces(calls, held) then
    return open(made.cause ~= '' and made.cause or 'hold', made.jitter, of.hold_for)
  end
  if it.state == 'closed' then return rated(calls, made) end
  return ramped(calls, made)
end

local function heard(made, lease)
  if lease.epoch ~= it.epoch or it.mode == 'disabled' then return end
  if it.state == 'probing' then
    if lease.probe then probed(made) end
  elseif it.state == 'closed' or it.state == 'ramp' then
    counted(made)
  end
end
