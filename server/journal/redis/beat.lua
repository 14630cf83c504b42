-- Says that an instance lives, and returns those that do: name, payload, name, payload, …
-- KEYS instances. ARGV instance, milliseconds that this holds, payload.
local clock = redis.call("TIME")
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call("HSET", KEYS[1], ARGV[1], string.format("%.0f", now + tonumber(ARGV[2])) .. "|" .. ARGV[3])
local all, living = redis.call("HGETALL", KEYS[1]), {}
for i = 1, #all, 2 do
  local until_, payload = string.match(all[i + 1], "^(%d+)|(.*)$")
  if tonumber(until_) < now then
    redis.call("HDEL", KEYS[1], all[i])
  else
    living[#living + 1] = all[i]
    living[#living + 1] = payload
  end
end
return living
