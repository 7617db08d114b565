/* Everything is in ../../hip.h, which stands before the source. */
