-- The retry budget. Step for step what `resilience/budget.py` does, which explains it.

local function saved()
  if it.saved < 0 then return of.budget end
  return math.min(of.budget, it.saved + math.floor((now - it.saved_at) * WHOLE / of.trickle))
end

local function poor_until()
  local lacking = WHOLE - saved()
  local wait = math.min(math.ceil(lacking * of.trickle / WHOLE), of.ask_again)
  return lacking > 0 and now + wait or 0
end

local function spend() it.saved, it.saved_at = saved() - WHOLE, now end

local function earn(much) it.saved, it.saved_at = math.min(of.budget, saved() + much), now end
