-- Lets wrk load an echo server: it sends an HTTP response of 64 bytes, so that the echo is a response too.
local message = "HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\nabcdefghijklmnopqrstuvwxy"
local asked = false

function request()
  if asked then return message end
  -- wrk makes sure of the first that it is a request. It is not sent.
  asked = true
  return "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
end
