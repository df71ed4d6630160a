-- Contested orders by wrk (https://github.com/wg/wrk), for those who use it:
--
--   URL=http://127.0.0.1:3000 EVENT=event-… TICKET_TYPE=tickettype-… \
--     wrk -t1 -c64 -d10s --latency -s bench/orders.wrk.lua "$URL"
--
-- The event must be on sale. At the end it tells how many answers had each status; answers that
-- are under way when the time is over are dropped by wrk, though their orders are placed.
local threads = {}

function setup(thread)
  thread:set("id", #threads + 1)
  table.insert(threads, thread)
end

function init()
  count = 0
  run = os.time()
  for _, status in ipairs({ 201, 409, 503 }) do
    _G["status" .. status] = 0
  end
  others = 0
  body = string.format(
    '{"eventId":"%s","items":[{"ticketTypeId":"%s","quantity":1}],"buyer":{"name":"Sari Dewi","email":"%%s@bench.example"}}',
    os.getenv("EVENT"), os.getenv("TICKET_TYPE"))
end

function request()
  count = count + 1
  local buyer = string.format("wrk-%d-%d-%d", run, id, count)
  local headers = { ["Content-Type"] = "application/json", ["Idempotency-Key"] = buyer }
  return wrk.format("POST", "/v1/orders", headers, string.format(body, buyer))
end

function response(status)
  local name = "status" .. status
  if _G[name] then
    _G[name] = _G[name] + 1
  else
    others = others + 1
  end
end

function done()
  local sums = { ["201"] = 0, ["409"] = 0, ["503"] = 0, others = 0 }
  for _, thread in ipairs(threads) do
    for name, sum in pairs(sums) do
      local key = name == "others" and name or ("status" .. name)
      sums[name] = sum + (thread:get(key) or 0)
    end
  end
  print(string.format("201: %d, 409: %d, 503: %d, others: %d",
    sums["201"], sums["409"], sums["503"], sums.others))
end
