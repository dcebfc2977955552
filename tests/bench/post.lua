-- Posts the lines of a file, each once: wrk -s post.lua URL -- FILE. Without a file: GET. At the end it says what it
-- counted, and fails if the file was too short.
local bodies, at = {}, 0

function init(args)
   if args[1] == nil then
      return
   end
   for line in io.lines(args[1]) do
      bodies[#bodies + 1] = line
   end
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
end

function request()
   if #bodies == 0 then
      return wrk.format()
   end
   at = at + 1
   if at > #bodies then
      print("again")
      at = 1
   end
   return wrk.format(nil, nil, nil, bodies[at])
end

function done(summary, latency, requests)
   io.write(string.format("BENCH %d %d %d %d %d\n", summary.requests, summary.duration, summary.errors.status,
      summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      latency:percentile(99)))
end
