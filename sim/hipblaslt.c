/*
 * The stand-in for hipBLASLt, as far as a program that convolves needs it: a handle. Its products
 * have no stand-in.
 */
int hipblasLtCreate(void **handle);
int hipblasLtDestroy(void *handle);

int hipblasLtCreate(void **handle)
{
    static int library;

    *handle = &library;
    return 0;
}

int hipblasLtDestroy(void *handle)
{
    (void)handle;
    return 0;
}
