-- Posts the lines of a file, each once: wrk -s post.lua URL -- FILE. At the end it says how often it had to begin anew,
-- and how many answers were not 200.
local bodies, at, again = {}, 0, 0

function init(args)
   for line in io.lines(args[1]) do
      bodies[#bodies + 1] = line
   end
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
end

function request()
   at = at + 1
   if at > #bodies then
      at, again = 1, again + 1
   end
   return wrk.format(nil, nil, nil, bodies[at])
end

function done(summary, latency, requests)
   io.write(string.format("BENCH %d %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.errors.status,
      summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      latency:percentile(50), latency:percentile(99), latency.max))
end
