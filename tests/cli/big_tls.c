/* Needs a fixed place in every thread's storage, of the size that jemalloc needs. */
static __thread char big_tls[2632] __attribute__((tls_model("initial-exec")));

char *big_tls_get(void);

char *big_tls_get(void)
{
    return big_tls;
}
