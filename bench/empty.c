/* A library that does nothing, to be preloaded where the shim's own cost is to be told from any's.
 */
