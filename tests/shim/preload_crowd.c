/* A library that needs a fixed place in each thread, as allocators and runtimes of threads do. */
static __thread char place[BYTES] __attribute__((tls_model("initial-exec")));

char *preload_crowd_get(void);

char *preload_crowd_get(void)
{
    return place;
}
