/* The files of the shim, as they are built and installed. The first two stand side by side. */
#pragma once

#define GATE_FILE  "libmiopen_rdna1.so"
#define SHIM_FILE  "libmiopen_rdna1_shim.so"
#define AUDIT_FILE "libmiopen_rdna1_audit.so"
