-- Round a file of paths, one a line.
local paths, at = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    paths[#paths + 1] = line
  end
end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
