-- Begins the board's log at a head, if no such epoch or a later one is open.
-- KEYS head, log. ARGV epoch, seq, chain (hex), milliseconds, who opens and the number of its call.
local m = redis.call("HMGET", KEYS[1], "e", "o")
if m[1] and m[2] == ARGV[5] then return {"OK"} end -- an earlier try of this very call
if m[1] and tonumber(m[1]) >= tonumber(ARGV[1]) then return {"EPOCH", m[1]} end
-- The first write: refused, it leaves all as it was.
redis.call("DEL", KEYS[1], KEYS[2])
-- A marker, so that the log exists before its first group. It has the fields of a group, which Redis then stores once; it
-- is known by its first seq, which lies above its last.
local id = redis.pcall("XADD", KEYS[2], ARGV[1] .. "-" .. ARGV[2],
  "f", string.format("%.0f", tonumber(ARGV[2]) + 1), "t", ARGV[4], "p", ARGV[3], "h", ARGV[3], "b", "")
if type(id) ~= "string" then return {"HALF", id.err} end
local set = redis.pcall("HSET", KEYS[1], "e", ARGV[1], "s", ARGV[2], "h", ARGV[3], "t", ARGV[4], "x", ARGV[2], "o", ARGV[5])
if type(set) == "table" then return {"HALF", set.err} end
return {"OK"}
