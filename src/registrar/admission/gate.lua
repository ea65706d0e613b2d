-- One atomic step of a gate. Step for step what `resilience/gate.py` does, which explains it.

local function read_lease(name)
  local epoch, began, what, holder = string.match(name, '^(%d+)%.(%d+)%.(%a)%.[^.]*%.(.*)$')
  return {
    epoch = tonumber(epoch), began = tonumber(began), probe = what == 'p', retry = what == 'r',
    holder = holder,
  }
end

local function probing()
  if it.state ~= 'probing' then return false end
  for _, name in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    local lease = read_lease(name)
    if lease.probe and lease.epoch == it.epoch then return true end
  end
  return false
end

local function settled(jitter)
  local gone = false
  for _, name in ipairs(lost()) do
    local lease = read_lease(name)
    gone = gone or (lease.probe and lease.epoch == it.epoch)
  end
  settle(gone, probing(), jitter)
end

local function closed() return it.state == 'cold' and 'cold' or 'circuit' end

local function shut()
  local _, retry_at = passage('first', false)
  if retry_at > 0 then return closed(), retry_at end
  return limited(1)
end

local function refused(ask, share, retry_at)
  if retry_at > 0 then return closed(), retry_at end
  local why, latest = limited(ask.cost)
  if not why then why, latest = crowded(share) end
  if why then return why, latest end
  local poor = ask.kind == 'retry' and poor_until() or 0
  if poor > 0 then return 'budget', poor end
  return nil
end

local function admit(ask)
  settled(ask.jitter)
  local share, retry_at, probe = passage(ask.kind, probing())
  local why, latest = refused(ask, share, retry_at)
  if why then return {'', why, latest, now} end
  local what = probe and 'p' or ask.kind == 'retry' and 'r' or 'c'
  local lease = string.format('%.0f.%.0f.%s.%s.%s', it.epoch, now, what, ask.nonce, ask.holder)
  take(lease, now + of.lease, ask.cost)
  if probe then it.probes = it.probes + 1 end
  if ask.kind == 'retry' then spend() end
  return {lease, '', 0, now}
end

local function report(made)
  if not give_back(made.lease) then return {} end
  local lease = read_lease(made.lease)
  heed(made, lease.began)
  if lease.retry and (made.signal == 'success' or made.signal == 'neutral') then
    earn(WHOLE)
  elseif made.signal == 'success' then
    earn(of.refill)
  end
  heard(made, lease)
  return {}
end

local function abandon(given)
  for _, name in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    if read_lease(name).holder == given.holder then run_out(name) end
  end
  return {}
end

local function look(given)
  settled(given.jitter)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, FORGOTTEN) end
  local calls, failed, sluggish, used = recent(false), 0, 0, {}
  for _, call in ipairs(calls) do
    if bad(call) then failed = failed + 1 end
    if call.slow then sluggish = sluggish + 1 end
  end
  for number, window in ipairs(of.windows) do
    used[number] = redis.call('ZCOUNT', REQUESTS, after(now - window.span), '+inf')
  end
  local day = today()
  local why, latest = shut()
  return {
    it.state, it.since, it.state == 'open' and it.until_ or 0, it.cause, it.trips, it.step,
    it.mode, it.mode_until, #calls, failed, sluggish, redis.call('ZCARD', LEASES),
    probing() and 1 or 0, share_now(), it.rest_until > now and it.rest_until or 0, used,
    it.day == (day and day[1] or 0) and it.used_today or 0, saved(), it.epoch,
    why or '', latest or 0, now,
  }
end

local function warm(given)
  if it.state ~= 'cold' then return {0} end
  it.trips = given.trips
  if given['until'] > now then
    it.until_ = given['until']
    move('open', given.cause)
  else
    move('ramp', 'cold')
  end
  fill(given.used_today)
  return {1}
end

local function reset()
  it.rest_until, it.share, it.trips = 0, WHOLE, 0
  if it.state ~= 'closed' and it.state ~= 'cold' then move('ramp', 'reset') end
  return {}
end

local function set_mode(given)
  it.mode, it.mode_until = given.mode, given['until']
  return {}
end

local DOES = {
  admit = admit, report = report, abandon = abandon, look = look, warm = warm, reset = reset,
  mode = set_mode,
}
local answer = DOES[ARGV[1]](cmsgpack.unpack(ARGV[3]))
keep()
return {answer, moved or {}}
