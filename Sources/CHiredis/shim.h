// The library uses the reader only: bytes in, replies out; its sockets are SwiftNIO's.
#include <hiredis/read.h>
// redlock-bench measures against hiredis as a whole.
#include <hiredis/hiredis.h>
