#include "shim/trace.h"

void trace_forwarded(const char *function, const char *reason)
{
    (void)function;
    (void)reason;
}
