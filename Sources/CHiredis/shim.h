// Only the reader is used: bytes in, replies out. The sockets are SwiftNIO's.
#include <hiredis/read.h>
