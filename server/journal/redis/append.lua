-- Gives a group its place behind the board's head, links it and tells who listens.
-- KEYS head, log. ARGV epoch, highest seq the caller has seen, entries, SHA-256 of the body (hex), body,
-- caller's milliseconds, instance, number of the draft in that instance.
local mine = "i" .. ARGV[7]
local m = redis.call("HMGET", KEYS[1], "e", "s", "h", "t", mine)
if not m[1] then return {"COLD"} end
if m[1] ~= ARGV[1] then return {"EPOCH", m[1]} end
if m[5] then
  local number, last = string.match(m[5], "^(%d+):(%d+)$")
  if number == ARGV[8] then -- an earlier try of this very draft was carried out: what it was told, or should have been
    local id = m[1] .. "-" .. last
    local found = redis.call("XRANGE", KEYS[2], id, id)[1]
    if not found then return {"GONE", last} end
    return {"OK", found[2][2], found[2][4], found[2][6], found[2][8]}
  end
  if tonumber(number) > tonumber(ARGV[8]) then return {"LATE"} end -- nobody waits for this try any more
end
local s, t = tonumber(m[2]), tonumber(m[4])
if s < tonumber(ARGV[2]) then return {"REGRESSED", m[2]} end
local text = function(n) return string.format("%.0f", n) end
local clock = redis.call("TIME")
local now = text(math.max(t, math.min(clock[1] * 1000 + math.floor(clock[2] / 1000), tonumber(ARGV[6]) + 2000)))
local first, last = text(s + 1), text(s + tonumber(ARGV[3]))
local chain = redis.sha1hex(m[3] .. "|" .. m[2] .. "|" .. last .. "|" .. now .. "|" .. ARGV[4])
-- The first write, so that Redis can still refuse it; a script that has written is refused nothing more.
local id = redis.pcall("XADD", KEYS[2], "NOMKSTREAM", m[1] .. "-" .. last, "f", first, "t", now, "p", m[3], "h", chain, "b", ARGV[5])
if type(id) ~= "string" then
  local why = id and id.err or "no log"
  if not id or string.find(why, "equal or smaller", 1, true) then return {"LOST", m[2], why} end
  return {"REFUSED", why}
end
local set = redis.pcall("HSET", KEYS[1], "s", last, "h", chain, "t", now, mine, ARGV[8] .. ":" .. last)
if type(set) == "table" then return {"LOST", m[2], set.err} end
redis.pcall("PUBLISH", KEYS[2], "g|" .. ARGV[7] .. "|" .. m[1] .. "|" .. first .. "|" .. last .. "|" .. now .. "|" .. m[3] .. "|" .. chain .. "|" .. ARGV[5])
return {"OK", first, now, m[3], chain}
