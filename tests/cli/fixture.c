/* Stands in for the shim where only its place in LD_PRELOAD matters. */
int fixture;
