/* Kernels in HIP and OpenCL source, compiled for this machine and run over a grid. */
#include "base/cleanup.h"
#include "cmocka_all.h"
#include "code_object.h"
#include "execute.h"
#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

#define GLOBAL 600 /* the last of three groups of 256 is partial */
#define LOCAL  256

static char cache[] = "/tmp/sim-kernels-XXXXXX";

/*
 * Each thread takes its neighbour's number through group memory, mirrored within the group: wrong
 * without a working barrier, and wrong where a partial group has more or fewer threads than left.
 */
static const char hip_source[] =
    "#include \"addend.hpp\"\n"
    "typedef FLOAT number;\n"
    "extern \"C\" __global__ void __launch_bounds__(256)\n"
    "    mirror(number *out, const char shift, const double *in, const number scale, half extra)\n"
    "{\n"
    "    __shared__ double local[256];\n"
    "    const unsigned id = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    const unsigned extent = min(blockDim.x, COUNT - blockIdx.x * blockDim.x);\n"
    "    local[threadIdx.x] = in[id];\n"
    "    __syncthreads();\n"
    "    out[id] = local[extent - 1 - threadIdx.x] * scale + shift + addend() + (float)extra;\n"
    "}\n"
    "extern \"C\" __global__ void fill(number *out, number value)\n"
    "{\n"
    "    out[blockIdx.y * gridDim.x * blockDim.x + blockIdx.x * blockDim.x + threadIdx.x] =\n"
    "        value * (blockIdx.y + 1);\n"
    "}\n"
    "extern \"C\" __global__ void broken(number *out)\n"
    "{\n"
    "    __asm__(\"s_waitcnt vmcnt(0)\");\n"
    "}\n";

static const char opencl_source[] =
    "#define OUT __global FLOAT\n"
    "__kernel void __attribute__((reqd_work_group_size(256, 1, 1)))\n"
    "mirror(OUT *restrict out, const char shift, const __global double *in, const FLOAT scale,\n"
    "       half extra)\n"
    "{\n"
    "    __local double local_numbers[256];\n"
    "    const uint extent = min((uint)get_local_size(0),\n"
    "                            (uint)(COUNT - get_group_id(0) * get_local_size(0)));\n"
    "    local_numbers[get_local_id(0)] = in[get_global_id(0)];\n"
    "    barrier(CLK_LOCAL_MEM_FENCE);\n"
    "    out[get_global_id(0)] =\n"
    "        local_numbers[extent - 1 - get_local_id(0)] * scale + shift + 5 + (float)extra;\n"
    "}\n"
    "__kernel void fill(OUT *out, FLOAT value)\n"
    "{\n"
    "    out[get_global_id(1) * get_global_size(0) + get_global_id(0)] = value *\n"
    "        (get_group_id(1) + 1);\n"
    "}\n";

/* What both languages expect at a kernel's arguments. */
struct mirror_arguments {
    float *out;
    char shift;
    const double *in;
    float scale;
    uint16_t extra;
};

static struct module *load(const char *language, const char *source)
{
    json_t *options = json_pack("[s, s, s, s, s]", "-DCOUNT=600", "-D", "FLOAT=float",
                                "-mcpu=gfx1010", "-Xclang");
    json_t *headers =
        json_pack("{s:s}", "addend.hpp", "static __device__ inline int addend() { return 5; }\n");
    cleanup_free char *image = NULL;
    size_t size;
    assert_int_equal(code_object_pack("test.cpp", language, options, headers, source,
                                      strlen(source), &image, &size),
                     0);
    assert_int_equal(strlen(image), size);
    json_decref(options);
    json_decref(headers);
    struct module *module;
    assert_int_equal(module_load(image, &module), 0);
    return module;
}

static void launch(struct function *function, const uint32_t global[3], const void *arguments,
                   size_t size, void **parameters)
{
    struct launch request = {
        .function = function,
        .global = {global[0], global[1], global[2]},
        .local = {global[0] < LOCAL ? global[0] : LOCAL, 1, 1},
        .arguments = arguments,
        .arguments_size = size,
        .parameters = parameters,
    };
    uint64_t start, end;
    assert_int_equal(launch_run(&request, &start, &end), 0);
    assert_true(end > start);
}

static void check_mirror(const char *language, const char *source, bool packed)
{
    struct module *module = load(language, source);
    struct function *function = module_function(module, "mirror");
    assert_ptr_equal(function, module_function(module, "mirror"));
    double in[GLOBAL];
    float out[GLOBAL + 1] = {0};
    for (unsigned i = 0; i < GLOBAL; i++)
        in[i] = i * 2;
    struct mirror_arguments arguments = {out, -3, in, 0.5F, 0x3800 /* 0.5 */};
    void *parameters[] = {&arguments.out, &arguments.shift, &arguments.in, &arguments.scale,
                          &arguments.extra};
    launch(function, (const uint32_t[]){GLOBAL, 1, 1}, packed ? &arguments : NULL,
           sizeof(arguments), packed ? NULL : parameters);
    for (unsigned i = 0; i < GLOBAL; i++) {
        unsigned group = i / LOCAL * LOCAL;
        unsigned extent = GLOBAL - group < LOCAL ? GLOBAL - group : LOCAL;
        float expected = (float)(group + extent - 1 - (i - group)) - 3 + 5 + 0.5F;
        if (out[i] != expected)
            fail_msg("%s: element %u is %g, expected %g", language, i, (double)out[i],
                     (double)expected);
    }
    assert_true(out[GLOBAL] == 0);
    assert_true(function->kernel.has_barrier);
    module_free(module);
}

static void test_barrier(void **state)
{
    (void)state;
    check_mirror("hip", hip_source, true);
    check_mirror("hip", hip_source, false);
    check_mirror("opencl", opencl_source, true);
    check_mirror("opencl", opencl_source, false);
}

static void check_fill(const char *language, const char *source)
{
    struct module *module = load(language, source);
    struct function *function = module_function(module, "fill");
    float out[30 * 2 + 1] = {0};
    struct {
        float *out;
        float value;
    } arguments = {out, 1.5F};
    launch(function, (const uint32_t[]){30, 2, 1}, &arguments, sizeof(arguments), NULL);
    for (unsigned i = 0; i < 60; i++)
        assert_true(out[i] == (i < 30 ? 1.5F : 3.0F));
    assert_true(out[60] == 0);
    if (!strcmp(language, "hip"))
        assert_false(function->kernel.has_barrier);
    module_free(module);
}

static void test_plain(void **state)
{
    (void)state;
    check_fill("hip", hip_source);
    check_fill("opencl", opencl_source);
}

/* OpenCL's functions of one number and of two, in each precision. */
#define CURVES 9
static const char math_source[] =
    "#define CURVES(type, out, a, b)                                 "
    "                           \\\n"
    "    {                                                           "
    "                           \\\n"
    "        const type x = (type)(a), y = (type)(b);                "
    "                           \\\n"
    "        const type results[] = {fabs(-x), sqrt(x), rsqrt(x), "
    "exp(x), log(x), tanh(x),      \\\n"
    "                                pow(x, y), fmin(x, y), fmax(y, "
    "x)};                        \\\n"
    "        for(int i = 0; i < 9; i++)                              "
    "                           \\\n"
    "            (out)[i] = results[i];                              "
    "                           \\\n"
    "    }\n"
    "__kernel void curves(__global double *out, double a, double b, double c)\n"
    "{\n"
    "    CURVES(half, out, a, b)\n"
    "    CURVES(float, out + 9, a, b)\n"
    "    CURVES(double, out + 18, a, b)\n"
    "    out[27] = (half)c;\n"
    "    const float4 several = rsqrt(fabs(-(float4)(1, 4, 16, 64)));\n"
    "    for(int i = 0; i < 4; i++)\n"
    "        out[28 + i] = several[i];\n"
    "}\n";

static void test_math(void **state)
{
    (void)state;
    const double a = 0.75, b = 2.5;
    const double right[CURVES] = {a,       sqrt(a),   1 / sqrt(a), exp(a), log(a),
                                  tanh(a), pow(a, b), a,           b};
    const double precision[] = {0x1p-11, 0x1p-23, 0x1p-51};
    struct module *module = load("opencl", math_source);
    double out[3 * CURVES + 5];
    struct {
        double *out;
        double a, b, c;
    } arguments = {out, a, b, 1 + 0x3p-11 - 0x1p-40};
    launch(module_function(module, "curves"), (const uint32_t[]){1, 1, 1}, &arguments,
           sizeof(arguments), NULL);
    for (unsigned i = 0; i < 3 * CURVES; i++) {
        const double wanted = right[i % CURVES];
        if (!(fabs(out[i] - wanted) <= precision[i / CURVES] * fabs(wanted)))
            fail_msg("function %u in precision %u: %.17g, expected %.17g", i % CURVES, i / CURVES,
                     out[i], wanted);
    }
    assert_true(out[3 * CURVES] == 1 + 0x1p-10); /* by way of single precision: 1 + 0x1p-9 */
    for (unsigned i = 0; i < 4; i++)
        assert_true(out[3 * CURVES + 1 + i] == 1.0 / (1U << i));
    module_free(module);
}

/* What cannot run here is refused with a reason, once for all. */
static void test_refused(void **state)
{
    (void)state;
    struct host_kernel kernel;
    char reason[256] = "";
    struct module *hip = load("hip", hip_source);
    assert_int_equal(host_kernel_load(hip->object, "broken", &kernel, reason, sizeof(reason)),
                     -ENOTSUP);
    assert_non_null(strstr(reason, "refuses"));
    assert_int_equal(host_kernel_load(hip->object, "missing", &kernel, reason, sizeof(reason)),
                     -ENOTSUP);
    module_free(hip);
    struct module *opencl = load("opencl", opencl_source);
    assert_int_equal(host_kernel_load(opencl->object, "missing", &kernel, reason, sizeof(reason)),
                     -ENOTSUP);
    module_free(opencl);
    struct module *assembly = load("assembly", ".text\n");
    assert_int_equal(host_kernel_load(assembly->object, "any", &kernel, reason, sizeof(reason)),
                     -ENOTSUP);
    assert_string_equal(reason, "assembly code");
    module_free(assembly);
    struct module *binary;
    assert_int_equal(module_load("\177ELF\2\1\1", &binary), 0);
    assert_int_equal(host_kernel_load(binary->object, "any", &kernel, reason, sizeof(reason)),
                     -ENOTSUP);
    module_free(binary);
}

static void test_damaged(void **state)
{
    (void)state;
    struct module *module = NULL;
    assert_int_equal(module_load("SIMCODE1 xyz", &module), -EINVAL);
    assert_int_equal(module_load("SIMCODE1 0000000000000002\n{}", &module), -EINVAL);
    assert_int_equal(module_load("SIMCODE1 0000000000000009\n{\"name\":1", &module), -EINVAL);
    assert_null(module);
}

static unsigned cache_count(const char *ending)
{
    unsigned count = 0;
    cleanup_dir DIR *dir = opendir(cache);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        count += dot && !strcmp(dot, ending);
        assert_null(strstr(entry->d_name, "build-"));
    }
    return count;
}

/* Several processes that want the same kernel at once all get it, and leave one file. */
static void test_cache(void **state)
{
    (void)state;
    unsigned before = cache_count(".so");
    static const char source[] = "extern \"C\" __global__ void only(int *out) { *out = COUNT; }\n";
    for (unsigned i = 0; i < 4; i++)
        if (!fork()) {
            struct module *module = load("hip", source);
            struct host_kernel kernel;
            char reason[256];
            _exit(host_kernel_load(module->object, "only", &kernel, reason, sizeof(reason)) ? 1
                                                                                            : 0);
        }
    int status;
    while (wait(&status) > 0)
        assert_int_equal(status, 0);
    assert_int_equal(cache_count(".so"), before + 1);
}

static void test_grid(void **state)
{
    (void)state;
    struct module *module = load("hip", hip_source);
    struct launch request = {
        .function = module_function(module, "fill"), .global = {30, 0, 1}, .local = {30, 1, 1}};
    uint64_t start, end;
    assert_int_equal(launch_run(&request, &start, &end), -EINVAL);
    request.global[1] = 1;
    request.local[0] = 2048;
    assert_int_equal(launch_run(&request, &start, &end), -EINVAL);
    module_free(module);
}

static int remove_cache(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", cache);
    return system(command);
}

int main(void)
{
    if (!mkdtemp(cache))
        return EXIT_FAILURE;
    setenv("SIM_CACHE", cache, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_barrier), cmocka_unit_test(test_plain),
        cmocka_unit_test(test_math),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_cache),
        cmocka_unit_test(test_grid),
    };
    return cmocka_run_group_tests(tests, NULL, remove_cache);
}
