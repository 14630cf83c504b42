-- Forgets groups that the archive holds, once readers have had time for them.
-- KEYS head, log. ARGV epoch, highest seq that may go, milliseconds that groups stay after they were named here.
local m = redis.call("HMGET", KEYS[1], "e", "s", "x", "m", "k")
if not m[1] then return {"COLD"} end
if m[1] ~= ARGV[1] then return {"EPOCH", m[1]} end
local upto, keep, before = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(m[3])
if tonumber(m[2]) < upto then return {"REGRESSED", m[2]} end
local clock = redis.call("TIME")
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local gone, named, since = before, tonumber(m[4] or before), tonumber(m[5] or 0)
if keep <= 0 then
  gone = math.max(gone, upto)
elseif now - since >= keep or now < since then -- or Redis's clock went back
  gone = named
end
if named <= gone then named, since = math.max(gone, upto), now end
local text = function(n) return string.format("%.0f", n) end
-- Also with nothing to forget the first write is one that Redis takes when its memory is full.
redis.call("XTRIM", KEYS[2], "MINID", "=", m[1] .. "-" .. text(gone + 1))
redis.call("HSET", KEYS[1], "x", text(gone), "m", text(named), "k", text(since))
if gone > before then
  local all = redis.call("HGETALL", KEYS[1])
  for i = 1, #all, 2 do -- what instances appended last: no try of a group that was sealed since is under way
    local last = string.sub(all[i], 1, 1) == "i" and string.match(all[i + 1], ":(%d+)$")
    if last and tonumber(last) <= gone then redis.call("HDEL", KEYS[1], all[i]) end
  end
end
return {"OK"}
