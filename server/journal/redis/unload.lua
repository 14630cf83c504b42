-- Forgets the board, if its head is the one that the caller knows to be archived.
-- KEYS head, log. ARGV epoch, seq, chain (hex).
local m = redis.call("HMGET", KEYS[1], "e", "s", "h")
if not m[1] then return {"OK"} end
if m[1] ~= ARGV[1] or m[2] ~= ARGV[2] or m[3] ~= ARGV[3] then return {"BUSY"} end
redis.call("DEL", KEYS[1], KEYS[2])
return {"OK"}
