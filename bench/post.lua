-- wrk: posts the prepared requests of a file, each after a line with its length.
function init(args)
  file = io.open(args[1], "rb")
end

function request()
  local length = file:read("*n")
  if not length then error("the prepared requests are used up") end
  file:read(1)
  return file:read(length)
end
