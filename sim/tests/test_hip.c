/* The HIP stand-in through its own interface, as a program sees it. */
#include "cmocka_all.h"
#include <errno.h>
#include <fcntl.h>
#include <hip/hip_runtime_api.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void ok(hipError_t error)
{
    if (error != hipSuccess)
        fail_msg("%s: %s", hipGetErrorName(error), hipGetErrorString(error));
}

static void test_devices(void **state)
{
    (void)state;
    int count, device, value;
    char address[32];
    hipDeviceProp_t properties;
    ok(hipGetDeviceCount(&count));
    assert_int_equal(count, 2);
    ok(hipGetDeviceProperties(&properties, 1));
    assert_string_equal(properties.gcnArchName, "gfx1100");
    assert_int_equal(properties.multiProcessorCount, 48);
    assert_int_equal(properties.warpSize, 32);
    ok(hipGetDeviceProperties(&properties, 0));
    assert_string_equal(properties.gcnArchName, "gfx1010:xnack-");
    assert_int_equal(properties.major, 10);
    assert_int_equal(properties.minor, 1);
    assert_int_equal(properties.pciBusID, 3);
    ok(hipDeviceGetPCIBusId(address, sizeof(address), 1));
    assert_string_equal(address, "0000:04:00.0");
    ok(hipDeviceGetByPCIBusId(&device, address));
    assert_int_equal(device, 1);
    ok(hipDeviceGetAttribute(&value, hipDeviceAttributePciBusId, 1));
    assert_int_equal(value, 4);
    ok(hipDeviceGetAttribute(&value, hipDeviceAttributeMultiprocessorCount, 0));
    assert_int_equal(value, 20);
    assert_int_equal(hipGetDeviceProperties(&properties, 2), hipErrorInvalidDevice);
    assert_int_equal(hipSetDevice(-1), hipErrorInvalidDevice);
    assert_int_equal(hipGetLastError(), hipErrorInvalidDevice);
    assert_int_equal(hipGetLastError(), hipSuccess);
}

static void test_streams(void **state)
{
    (void)state;
    hipStream_t stream;
    hipDevice_t device;
    ok(hipSetDevice(1));
    ok(hipStreamCreate(&stream));
    ok(hipSetDevice(0));
    ok(hipStreamGetDevice(stream, &device));
    assert_int_equal(device, 1);
    ok(hipStreamGetDevice(NULL, &device));
    assert_int_equal(device, 0);
    ok(hipStreamDestroy(stream));
}

static void test_memory(void **state)
{
    (void)state;
    char *block, host[64];
    size_t before, after, bytes;
    ok(hipMemGetInfo(&before, NULL));
    ok(hipMalloc((void **)&block, 64));
    ok(hipMemGetInfo(&after, NULL));
    assert_int_equal(before - after, 64);
    ok(hipMemPtrGetInfo(block, &bytes));
    assert_int_equal(bytes, 64);
    ok(hipMemset(block, 7, 64));
    ok(hipMemcpy(host, block, 64, hipMemcpyDeviceToHost));
    assert_int_equal(host[63], 7);
    assert_int_equal(hipMemcpy(block, host, 65, hipMemcpyHostToDevice), hipErrorInvalidValue);
    assert_int_equal(hipMemcpy(host, block + 1, 64, hipMemcpyDeviceToHost), hipErrorInvalidValue);
    assert_int_equal(hipMemcpy(host, host, 1, hipMemcpyDeviceToHost), hipErrorInvalidValue);
    assert_int_equal(hipMemset(block + 60, 0, 5), hipErrorInvalidValue);
    assert_int_equal(hipFree(block + 1), hipErrorInvalidValue);
    ok(hipFree(block));
    assert_int_equal(hipFree(block), hipErrorInvalidValue);
    assert_int_equal(hipMemcpy(host, block, 1, hipMemcpyDefault), hipErrorInvalidValue);
    assert_int_equal(hipMalloc((void **)&block, (size_t)1 << 40), hipErrorOutOfMemory);
    assert_null(block);
    ok(hipMalloc((void **)&block, 0));
    assert_null(block);
    ok(hipFree(NULL));
}

static void test_capture(void **state)
{
    (void)state;
    hipStream_t stream;
    hipStreamCaptureStatus status;
    hipGraph_t graph;
    void *block;
    ok(hipStreamCreate(&stream));
    ok(hipStreamBeginCapture(stream, hipStreamCaptureModeGlobal));
    ok(hipStreamIsCapturing(stream, &status));
    assert_int_equal(status, hipStreamCaptureStatusActive);
    assert_int_equal(hipMalloc(&block, 16), hipErrorStreamCaptureUnsupported);
    assert_int_equal(hipStreamSynchronize(stream), hipErrorStreamCaptureUnsupported);
    assert_int_equal(hipDeviceSynchronize(), hipErrorStreamCaptureUnsupported);
    ok(hipMallocAsync(&block, 16, stream));
    ok(hipFreeAsync(block, stream));
    ok(hipStreamEndCapture(stream, &graph));
    ok(hipGraphDestroy(graph));
    ok(hipStreamIsCapturing(stream, &status));
    assert_int_equal(status, hipStreamCaptureStatusNone);
    ok(hipMalloc(&block, 16));
    ok(hipFree(block));
    ok(hipStreamDestroy(stream));
}

/* A code object as the stand-ins for the compilers make it. */
static hipFunction_t function_make(const char *language, const char *source, const char *name)
{
    char body[1024], image[1100];
    snprintf(body, sizeof(body),
             "{\"headers\":{},\"language\":\"%s\",\"name\":\"test\",\"options\":[],"
             "\"source\":\"%s\"}",
             language, source);
    snprintf(image, sizeof(image), "SIMCODE1 %016zx\n%s", strlen(body), body);
    hipModule_t module;
    hipFunction_t function;
    ok(hipModuleLoadData(&module, image));
    ok(hipModuleGetFunction(&function, module, name));
    return function;
}

static hipError_t launch(hipFunction_t function, void *pointer)
{
    struct {
        void *pointer;
        int number;
    } arguments = {pointer, 5};
    size_t size = sizeof(arguments);
    void *extra[] = {HIP_LAUNCH_PARAM_BUFFER_POINTER, &arguments, HIP_LAUNCH_PARAM_BUFFER_SIZE,
                     &size, HIP_LAUNCH_PARAM_END};
    return hipModuleLaunchKernel(function, 1, 1, 1, 4, 1, 1, 0, NULL, NULL, extra);
}

static void test_launch(void **state)
{
    (void)state;
    int *block, host[4];
    float elapsed;
    hipEvent_t start, end;
    hipFunction_t function = function_make(
        "hip",
        "extern \\\"C\\\" __global__ void f(int *p, int n) { p[threadIdx.x] = n * threadIdx.x; }",
        "f");
    ok(hipMalloc((void **)&block, sizeof(host)));
    ok(hipEventCreate(&start));
    ok(hipEventCreate(&end));
    assert_int_equal(hipEventElapsedTime(&elapsed, start, end), hipErrorInvalidHandle);
    ok(hipEventRecord(start, NULL));
    ok(launch(function, block));
    ok(hipEventRecord(end, NULL));
    ok(hipMemcpy(host, block, sizeof(host), hipMemcpyDeviceToHost));
    assert_int_equal(host[3], 15);
    ok(hipEventElapsedTime(&elapsed, start, end));
    assert_true(elapsed > 0);
    float again;
    ok(hipEventRecord(start, NULL));
    ok(launch(function, block));
    ok(hipEventRecord(end, NULL));
    ok(hipEventElapsedTime(&again, start, end));
    assert_true(again == elapsed); /* the clock is a formula */
    ok(hipEventDestroy(start));
    ok(hipEventDestroy(end));
    ok(hipFree(block));
}

/* Runs a launch in a child; returns its status and what it said. */
static int child_launch(const char *fault, bool stale, char *ret_text, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], 2);
        setenv("SIM_FAULT", fault, 1);
        float *block, value;
        if (hipMalloc((void **)&block, sizeof(*block)) != hipSuccess ||
            hipMemset(block, 0, sizeof(*block)) != hipSuccess)
            _exit(99);
        if (stale && hipFree(block) != hipSuccess)
            _exit(98);
        const char *source = stale ? "extern \\\"C\\\" __global__ void f(int *p) {}" : "s_endpgm";
        if (launch(function_make(stale ? "hip" : "assembly", source, "f"), block) != hipSuccess)
            _exit(97);
        hipMemcpy(&value, block, sizeof(value), hipMemcpyDeviceToHost);
        _exit(value != value ? 42 : 0);
    }
    close(ends[1]);
    int status = -1;
    /* A modelled hang says so first, and never ends by itself. */
    ssize_t got = read(ends[0], ret_text, size - 1);
    ret_text[got > 0 ? got : 0] = '\0';
    if (!strcmp(fault, "hang")) {
        usleep(50000);
        assert_int_equal(waitpid(child, &status, WNOHANG), 0);
        kill(child, SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    return status;
}

static void test_faults(void **state)
{
    (void)state;
    char text[512];
    int status = child_launch("fault", false, text, sizeof(text));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "Memory access fault by GPU node-1"));
    assert_non_null(strstr(text, "modelled"));

    status = child_launch("hang", false, text, sizeof(text));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_non_null(strstr(text, "modelled"));

    status = child_launch("poison", false, text, sizeof(text));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);

    status = child_launch("fault", true, text, sizeof(text));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "freed"));
    assert_null(strstr(text, "modelled"));
}

static char cache[] = "/tmp/sim-hip-XXXXXX";
static char log_path[sizeof(cache) + sizeof("/log")];

/* The lines of the log that have both texts. */
static unsigned log_count(const char *event, const char *text)
{
    char line[512];
    unsigned count = 0;
    FILE *log = fopen(log_path, "re");
    assert_non_null(log);
    while (fgets(line, sizeof(line), log))
        count += strstr(line, event) && strstr(line, text);
    fclose(log);
    return count;
}

/* What a program has not given back, and what it freed twice, is in the log when it has ended. */
static void test_leaks(void **state)
{
    (void)state;
    unsigned before = log_count("\"mistake\"", "freed before");
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        void *kept, *freed;
        ok(hipMalloc(&kept, 12345));
        ok(hipMalloc(&freed, 54321));
        ok(hipFree(freed));
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
        if (hipFree(freed) != hipErrorInvalidValue)
            _exit(99);
        exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(log_count("\"leak\"", "12345"), 1);
    assert_int_equal(log_count("\"leak\"", "54321"), 0);
    assert_int_equal(log_count("\"mistake\"", "freed before"), before + 1);
}

static void convolve(hipFunction_t function, float *in, double beta, float *out)
{
    struct {
        float *in, *weights;
        double alpha, beta;
        float *out;
    } arguments = {in, in, 1, beta, out};
    size_t size = sizeof(arguments);
    void *extra[] = {HIP_LAUNCH_PARAM_BUFFER_POINTER, &arguments, HIP_LAUNCH_PARAM_BUFFER_SIZE,
                     &size, HIP_LAUNCH_PARAM_END};
    ok(hipModuleLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra));
}

static void set(float *to, float value)
{
    ok(hipMemcpy(to, &value, sizeof(value), hipMemcpyHostToDevice));
}

static float value_of(const float *from)
{
    float value;
    ok(hipMemcpy(&value, from, sizeof(value), hipMemcpyDeviceToHost));
    return value;
}

/* A repetition is left out only where it would change nothing, and the log says so. */
static void test_repetition(void **state)
{
    (void)state;
    float *in, *out, *shared;
    hipFunction_t refused = function_make("assembly", "s_endpgm", "g");
    hipFunction_t function = function_make(
        "hip",
        "extern \\\"C\\\" __global__ void naive_conv_test(const float *in, const float *weights,"
        " double alpha, double beta, float *out)"
        " { *out = alpha * *in + (beta == 0 ? 0 : beta * *out); }",
        "naive_conv_test");
    ok(hipMalloc((void **)&in, sizeof(*in)));
    ok(hipMalloc((void **)&out, sizeof(*out)));
    ok(hipMallocManaged((void **)&shared, sizeof(*shared), hipMemAttachGlobal));
    set(in, 3);
    convolve(function, in, 0, out);
    assert_int_equal(log_count("naive_conv_test", "\"executed\":false"), 0);
    convolve(function, in, 0, out);
    assert_int_equal(log_count("naive_conv_test", "\"executed\":false"), 1);
    assert_true(value_of(out) == 3);

    set(in, 4);
    convolve(function, in, 0, out);
    setenv("SIM_FAULT", "poison", 1);
    ok(launch(refused, out));
    unsetenv("SIM_FAULT");
    assert_int_equal(log_count("\"kernel\":\"g\"", "\"executed\":false"), 1);
    convolve(function, in, 0, out);
    assert_true(value_of(out) == 4);

    /* It reads what it writes. */
    convolve(function, in, 1, out);
    convolve(function, in, 1, out);
    assert_true(value_of(out) == 12);
    /* Memory that changes without a call. */
    *shared = 5;
    convolve(function, shared, 0, out);
    *shared = 6;
    convolve(function, shared, 0, out);
    assert_true(value_of(out) == 6);
    ok(hipFree(in));
    ok(hipFree(out));
    ok(hipFree(shared));
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
    snprintf(log_path, sizeof(log_path), "%s/log", cache);
    setenv("SIM_CACHE", cache, 1);
    setenv("SIM_LOG", log_path, 1);
    setenv("SIM_DEVICES", "gfx1010,gfx1100", 1);
    unsetenv("HIP_VISIBLE_DEVICES");
    unsetenv("ROCR_VISIBLE_DEVICES");
    unsetenv("HSA_OVERRIDE_GFX_VERSION");
    unsetenv("SIM_EXECUTE");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices), cmocka_unit_test(test_streams),
        cmocka_unit_test(test_memory),  cmocka_unit_test(test_capture),
        cmocka_unit_test(test_launch),  cmocka_unit_test(test_faults),
        cmocka_unit_test(test_leaks),   cmocka_unit_test(test_repetition),
    };
    return cmocka_run_group_tests(tests, NULL, remove_cache);
}
