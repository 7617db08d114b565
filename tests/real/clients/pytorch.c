/* What programs do with PyTorch (torch.h), each in a process of its own. */
#include "torch.h"

#include "base/cleanup.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct shape {
    const char *name, *line;
};

static const struct shape layers[] = {
    {"3x3", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"3x3 backward data", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 2"},
    {"3x3 backward weights", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 4"},
    {"1x1", "conv -n 1 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1"},
    {"3x3 stride 2", "conv -n 1 -c 8 -H 16 -W 16 -k 16 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -F 1"},
    {"depthwise", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 1"},
};

static const struct shape kinds[] = {
    {"depthwise backward data", "conv -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 2"},
    {"depthwise backward weights", "conv -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 4"},
    {"groups, batch 3", "conv -n 3 -c 8 -H 12 -W 12 -k 16 -y 3 -x 3 -p 1 -q 1 -g 4 -F 1"},
    {"dilation", "conv -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 1"},
    {"dilation backward data",
     "conv -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 2"},
    {"1-D", "conv -n 2 -c 8 -H 1 -W 64 -k 8 -y 1 -x 5 -p 0 -q 2 -F 1"},
    {"3-D", "conv --spatial_dim 3 -n 1 -c 4 --in_d 6 -H 8 -W 8 -k 6 --fil_d 3 -y 3 -x 3 --pad_d 1 "
            "-p 1 -q 1 -F 1"},
    {"transposed", "conv -n 1 -c 8 -H 8 -W 8 -k 6 -y 4 -x 4 -p 1 -q 1 -u 2 -v 2 -m trans -F 1"},
    {"transposed backward data",
     "conv -n 1 -c 8 -H 8 -W 8 -k 6 -y 4 -x 4 -p 1 -q 1 -u 2 -v 2 -m trans -F 2"},
    {"transposed backward weights",
     "conv -n 1 -c 8 -H 8 -W 8 -k 6 -y 4 -x 4 -p 1 -q 1 -u 2 -v 2 -m trans -F 4"},
    {"half", "convfp16 -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"half backward data", "convfp16 -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 2"},
    {"half backward weights", "convfp16 -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 4"},
    {"bfloat16", "convbfp16 -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"channels last",
     "conv -n 2 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -I NHWC -O NHWC -f NHWC -F 1"},
    {"channels last backward data",
     "conv -n 2 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -I NHWC -O NHWC -f NHWC -F 2"},
    {"channels last backward weights",
     "conv -n 2 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -I NHWC -O NHWC -f NHWC -F 4"},
    {"channels last, half",
     "convfp16 -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -I NHWC -O NHWC -f NHWC -F 1"},
};

/* Stable Diffusion as in ComfyUI, with few channels: what a picture passes through. */
static const struct shape diffusion[] = {
    {"UNet conv_in", "convfp16 -n 2 -c 4 -H 32 -W 32 -k 16 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"UNet residual block", "convfp16 -n 2 -c 16 -H 32 -W 32 -k 16 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"UNet skip", "convfp16 -n 2 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1"},
    {"UNet attention proj_in", "convfp16 -n 2 -c 32 -H 16 -W 16 -k 32 -y 1 -x 1 -F 1"},
    {"UNet downsample", "convfp16 -n 2 -c 16 -H 32 -W 32 -k 16 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -F 1"},
    {"VAE encoder downsample", "conv -n 1 -c 8 -H 65 -W 65 -k 8 -y 3 -x 3 -u 2 -v 2 -F 1"},
    {"VAE post_quant", "conv -n 1 -c 4 -H 32 -W 32 -k 4 -y 1 -x 1 -F 1"},
    {"VAE upsampled", "conv -n 1 -c 8 -H 128 -W 128 -k 4 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"VAE conv_out", "conv -n 1 -c 4 -H 128 -W 128 -k 3 -y 3 -x 3 -p 1 -q 1 -F 1"},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void convolve_all(struct session *session, const struct shape *shapes, size_t count,
                         const struct torch_settings *settings)
{
    for (size_t i = 0; i < count; i++) {
        struct trial trial;

        if (trial_open(session, shapes[i].name, shapes[i].line, &trial))
            torch_convolve(&trial, settings);
        trial_close(&trial);
    }
}

static void program_default(struct session *session)
{
    convolve_all(session, layers, COUNT(layers), &(struct torch_settings){0});
}

static void program_benchmark(struct session *session)
{
    convolve_all(session, layers, COUNT(layers), &(struct torch_settings){.benchmark = true});
}

static void program_deterministic(struct session *session)
{
    convolve_all(session, layers, COUNT(layers), &(struct torch_settings){.deterministic = true});
}

static void program_immediate(struct session *session)
{
    convolve_all(session, layers, COUNT(layers),
                 &(struct torch_settings){.immediate = true, .deterministic = true});
}

static void program_out_of_memory(struct session *session)
{
    convolve_all(session, layers, 3, &(struct torch_settings){.out_of_memory = true});
}

static void program_out_of_memory_immediate(struct session *session)
{
    convolve_all(session, layers, 3,
                 &(struct torch_settings){.out_of_memory = true, .immediate = true});
}

static void program_kinds(struct session *session)
{
    convolve_all(session, kinds, COUNT(kinds), &(struct torch_settings){0});
}

static void program_diffusion(struct session *session)
{
    convolve_all(session, diffusion, COUNT(diffusion), &(struct torch_settings){0});
}

static void program_old_bias(struct session *session)
{
    struct trial trial;

    if (trial_open(session, "forward", layers[0].line, &trial))
        torch_convolve_with_bias(&trial);
    trial_close(&trial);
    if (trial_open(session, "transposed",
                   "conv -n 1 -c 8 -H 8 -W 8 -k 6 -y 4 -x 4 -p 1 -q 1 -u 2 -v 2 -m trans -F 1",
                   &trial))
        torch_convolve_with_bias(&trial);
    trial_close(&trial);
}

static void program_frozen(struct session *session)
{
    for (size_t i = 0; i < COUNT(layers); i++) {
        struct trial trial;

        if (i == 1 || i == 2) /* the backward directions */
            continue;
        if (trial_open(session, layers[i].name, layers[i].line, &trial))
            torch_convolve_relu(&trial);
        trial_close(&trial);
    }
    torch_thread_end();
    torch_end();
}

/* --- A step of training: two layers, their gradients, and the first one again with its new weights
 */

#define FIRST  "conv -n 2 -c 4 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F "
#define SECOND "conv -n 2 -c 8 -H 12 -W 12 -k 4 -y 3 -x 3 -p 1 -q 1 -F "

/* One of the step's convolutions, with its result as `ret_result`; to be freed. */
static void step(struct session *session, const char *name, const char *line,
                 const struct operands *given, double **ret_result)
{
    const struct torch_settings settings = {0};
    struct trial trial;
    size_t count;

    if (trial_open_with(session, name, line, given, &trial))
        torch_convolve(&trial, &settings);
    count = tensor_count(problem_result(&trial.problem));
    *ret_result = calloc(count, sizeof(**ret_result));
    for (size_t i = 0; *ret_result && i < count; i++)
        (*ret_result)[i] = sample_result(&trial.sample)[i];
    trial_close(&trial);
}

enum { PIXELS = 12 * 12, IMAGES = 2, WEIGHTS = 4 * 8 * 9, HIDDEN = IMAGES * 8 * PIXELS };

static void program_training(struct session *session)
{
    /* Small enough for every number of the step to be exact in single precision. */
    const struct inputs inputs = {.unit = 0.25, .largest = 2, .density = 1, .seed = session->seed};
    double x[IMAGES * 4 * PIXELS], dy[IMAGES * 4 * PIXELS], first[WEIGHTS], second[WEIGHTS];
    double active[HIDDEN];
    cleanup_free double *hidden = NULL, *y = NULL, *d_second = NULL, *d_hidden = NULL;
    cleanup_free double *d_first = NULL, *again = NULL;

    inputs_draw(&inputs, 1, x, COUNT(x));
    inputs_draw(&inputs, 2, first, COUNT(first));
    inputs_draw(&inputs, 3, second, COUNT(second));
    inputs_draw(&inputs, 4, dy, COUNT(dy));

    step(session, "first layer", FIRST "1", &(struct operands){.x = x, .w = first}, &hidden);
    for (size_t i = 0; i < HIDDEN; i++)
        active[i] = hidden[i] > 0 ? hidden[i] : 0;
    step(session, "second layer", SECOND "1", &(struct operands){.x = active, .w = second}, &y);
    step(session, "second layer's weights", SECOND "4", &(struct operands){.x = active, .y = dy},
         &d_second);
    step(session, "hidden values", SECOND "2", &(struct operands){.w = second, .y = dy}, &d_hidden);
    for (size_t i = 0; i < HIDDEN; i++)
        d_hidden[i] = hidden[i] > 0 ? d_hidden[i] : 0;
    step(session, "first layer's weights", FIRST "4", &(struct operands){.x = x, .y = d_hidden},
         &d_first);
    for (size_t i = 0; i < WEIGHTS; i++)
        first[i] -= d_first[i] / 16;
    step(session, "first layer again", FIRST "1", &(struct operands){.x = x, .w = first}, &again);
}

/* --- Threads, each with its stream and its handle
 * ------------------------------------------------- */

enum { THREADS = 3, THREAD_LAYERS = 4 };

struct thread {
    struct session *session;
    pthread_t thread;
    int number;
};

static void *thread_main(void *context)
{
    static const struct torch_settings settings = {0};
    const struct thread *thread = context;
    hipStream_t stream = NULL;

    for (size_t i = 0; i < 2 * THREAD_LAYERS; i++) { /* twice: the second time from its answers */
        const struct shape *shape = &layers[(i + (size_t)thread->number) % THREAD_LAYERS];
        struct trial trial;
        char name[64];

        snprintf(name, sizeof(name), "thread %d, %s%s", thread->number, shape->name,
                 i < THREAD_LAYERS ? "" : " again");
        if (trial_open(thread->session, name, shape->line, &trial) &&
            trial_step(&trial, "hipStreamCreate",
                       !stream && hipStreamCreate(&stream) != hipSuccess)) {
            torch_thread_stream(stream);
            torch_convolve(&trial, &settings);
        }
        trial_close(&trial);
    }
    torch_thread_end();
    if (stream)
        (void)hipStreamDestroy(stream);
    return NULL;
}

static void program_threads(struct session *session)
{
    struct thread threads[THREADS];

    session->concurrent = true;
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){.session = session, .number = i};
        if (pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]) != 0)
            abort();
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i].thread, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct session *session);
    } programs[] = {
        {"default", program_default},
        {"benchmark", program_benchmark},
        {"deterministic", program_deterministic},
        {"immediate", program_immediate},
        {"out of memory", program_out_of_memory},
        {"out of memory, immediate", program_out_of_memory_immediate},
        {"kinds", program_kinds},
        {"diffusion", program_diffusion},
        {"old bias", program_old_bias},
        {"training", program_training},
        {"threads", program_threads},
        {"frozen", program_frozen},
    };
    struct session session;

    session_open(argc, argv, &session);
    for (size_t i = 0; i < COUNT(programs); i++)
        session_program(&session, programs[i].name, programs[i].run);
    return session_close(&session);
}
