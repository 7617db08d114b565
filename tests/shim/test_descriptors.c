/*
 * After any change of a descriptor or handle, by whatever function, the shim answers for what is
 * there now. The measure is a handle that was made a moment ago, of which nothing is remembered.
 */
#include "cmocka_all.h"
#include "convolution.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static miopenHandle_t handle;

static int setup(void **state)
{
    (void)state;
    stub_reset();
    return miopenCreate(&handle) == miopenStatusSuccess && handle ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    if (miopenDestroy(handle) != miopenStatusSuccess)
        return -1;
    stub_reuse_addresses(false);
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_failed_probes(), 0);
    assert_int_equal(stub_memory_live(), 0);
    return 0;
}

/* Each function that changes an object of a convolution, with one or another content. */
static void set_4d(miopenTensorDescriptor_t tensor, int content)
{
    miopenSet4dTensorDescriptor(tensor, 1, 1, 16, 12 + content, 12);
}

static void set_4d_ex(miopenTensorDescriptor_t tensor, int content)
{
    const int w = 14 + content;
    miopenSet4dTensorDescriptorEx(tensor, 1, 1, 16, 12, w, 16 * 12 * w, 12 * w, w, 1);
}

static void set_with_layout(miopenTensorDescriptor_t tensor, int content)
{
    miopenSetNdTensorDescriptorWithLayout(tensor, 1, content % 2 ? 1 : 0,
                                          (const int[]){1, 16, 8 + content, 8}, 4);
}

static void set_nd(miopenTensorDescriptor_t tensor, int content)
{
    miopenSetTensorDescriptor(tensor, 1, 4, (const int[]){1, 16, 20, 5 + content}, NULL);
}

static void set_v2(miopenTensorDescriptor_t tensor, int content)
{
    miopenSetTensorDescriptorV2(tensor, 1, 4, (const size_t[]){1, 16, 6, 6 + (size_t)content},
                                NULL);
}

static void set_cast(miopenTensorDescriptor_t tensor, int content)
{
    miopenSetTensorCastType(tensor, content % 2 ? 0 : 1);
}

static void derive_bn(miopenTensorDescriptor_t tensor, int content)
{
    miopenDeriveBNTensorDescriptor(tensor, tensor, (unsigned)content % 2);
}

static void rnn_params(miopenTensorDescriptor_t tensor, int content)
{
    miopenGetRNNParamsDescriptor(handle, NULL, NULL, tensor, (unsigned)content % 2);
}

static void rnn_param(miopenTensorDescriptor_t tensor, int content)
{
    miopenGetRNNLayerParam(handle, NULL, content, NULL, NULL, NULL, 0, tensor, NULL);
}

static void rnn_bias(miopenTensorDescriptor_t tensor, int content)
{
    miopenGetRNNLayerBias(handle, NULL, content, NULL, NULL, NULL, 0, tensor, NULL);
}

static void rnn_param_offset(miopenTensorDescriptor_t tensor, int content)
{
    miopenGetRNNLayerParamOffset(NULL, content, NULL, 0, tensor, NULL);
}

static void rnn_bias_offset(miopenTensorDescriptor_t tensor, int content)
{
    miopenGetRNNLayerBiasOffset(NULL, content, NULL, 0, tensor, NULL);
}

static void init_2d(miopenConvolutionDescriptor_t convolution, int content)
{
    miopenInitConvolutionDescriptor(convolution, (unsigned)content % 2, 1, 1, 1, 1, 1 + content,
                                    1 + content);
}

static void init_nd(miopenConvolutionDescriptor_t convolution, int content)
{
    miopenInitConvolutionNdDescriptor(convolution, 2, (const int[]){1 + content, 1},
                                      (const int[]){1, 1}, (const int[]){1, 1},
                                      content == 2 ? 1 : 0);
}

static void set_groups(miopenConvolutionDescriptor_t convolution, int content)
{
    miopenSetConvolutionGroupCount(convolution, 1 + content);
}

static void set_output_padding(miopenConvolutionDescriptor_t convolution, int content)
{
    miopenSetTransposeConvOutputPadding(convolution, content, content);
}

static void set_output_padding_nd(miopenConvolutionDescriptor_t convolution, int content)
{
    miopenSetTransposeConvNdOutputPadding(convolution, 2, (const int[]){content, content});
}

/* One of the two functions is set. */
struct mutator {
    enum stub_function function;
    void (*tensor)(miopenTensorDescriptor_t, int);
    void (*convolution)(miopenConvolutionDescriptor_t, int);
};

static const struct mutator mutators[] = {
    {STUB_miopenSet4dTensorDescriptor, set_4d, NULL},
    {STUB_miopenSet4dTensorDescriptorEx, set_4d_ex, NULL},
    {STUB_miopenSetNdTensorDescriptorWithLayout, set_with_layout, NULL},
    {STUB_miopenSetTensorDescriptor, set_nd, NULL},
    {STUB_miopenSetTensorDescriptorV2, set_v2, NULL},
    {STUB_miopenSetTensorCastType, set_cast, NULL},
    {STUB_miopenDeriveBNTensorDescriptor, derive_bn, NULL},
    {STUB_miopenGetRNNParamsDescriptor, rnn_params, NULL},
    {STUB_miopenGetRNNLayerParam, rnn_param, NULL},
    {STUB_miopenGetRNNLayerBias, rnn_bias, NULL},
    {STUB_miopenGetRNNLayerParamOffset, rnn_param_offset, NULL},
    {STUB_miopenGetRNNLayerBiasOffset, rnn_bias_offset, NULL},
    {STUB_miopenInitConvolutionDescriptor, NULL, init_2d},
    {STUB_miopenInitConvolutionNdDescriptor, NULL, init_nd},
    {STUB_miopenSetConvolutionGroupCount, NULL, set_groups},
    {STUB_miopenSetTransposeConvOutputPadding, NULL, set_output_padding},
    {STUB_miopenSetTransposeConvNdOutputPadding, NULL, set_output_padding_nd},
};

#define MUTATORS_COUNT (sizeof(mutators) / sizeof(mutators[0]))

/* Functions of symbols.list that change an object in another way, each with a test below. */
static const enum stub_function lifetimes[] = {
    STUB_miopenCreate,
    STUB_miopenCreateWithStream,
    STUB_miopenDestroy,
    STUB_miopenCreateTensorDescriptor,
    STUB_miopenCreateConvolutionDescriptor,
};

static const enum stub_function wrapped[] = {
#define WRAPPED(name) STUB_##name,
#define CALLED(name)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
};

static bool is_tested(enum stub_function function)
{
    bool found = false;

    for (size_t i = 0; i < MUTATORS_COUNT; i++)
        found = found || mutators[i].function == function;
    for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++)
        found = found || lifetimes[i] == function;
    return found;
}

static void every_mutator_is_tested(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++) {
        const char *name = stub_name(wrapped[i]);
        const bool runs = strstr(name, "ConvolutionForward") ||
                          strstr(name, "ConvolutionBackwardData") ||
                          strstr(name, "ConvolutionBackwardWeights");
        if (runs == is_tested(wrapped[i]))
            fail_msg("%s: add it to the mutators or the lifetimes of this test", name);
    }
}

/* What the shim says of a convolution, as far as it depends on the descriptors. */
struct answer {
    miopenStatus_t count_status;
    size_t count;
    miopenConvSolution_t solutions[4];
    miopenStatus_t find_status;
    int returned;
    miopenConvAlgoPerf_t result;
};

static void answer_get(struct convolution *it, miopenHandle_t on, struct answer *answer)
{
    const miopenHandle_t own = it->handle;

    memset(answer, 0, sizeof(*answer));
    it->handle = on;
    answer->count_status = call_solution_count(it, &answer->count);
    call_solution(it, 4, &answer->count, answer->solutions);
    answer->find_status = call_find(it, 1, &answer->returned, &answer->result, NULL, 0);
    it->handle = own;
}

static void assert_answers_are_fresh(struct convolution *it)
{
    struct answer ours, fresh;
    miopenHandle_t new = NULL;

    assert_int_equal(miopenCreate(&new), miopenStatusSuccess);
    answer_get(it, it->handle, &ours);
    answer_get(it, new, &fresh);
    assert_int_equal(miopenDestroy(new), miopenStatusSuccess);
    assert_int_equal(ours.count_status, fresh.count_status);
    assert_int_equal(ours.count, fresh.count);
    for (size_t i = 0; i < ours.count && i < 4; i++) {
        assert_int_equal(ours.solutions[i].solution_id, fresh.solutions[i].solution_id);
        assert_int_equal(ours.solutions[i].workspace_size, fresh.solutions[i].workspace_size);
    }
    assert_int_equal(ours.find_status, fresh.find_status);
    assert_int_equal(ours.returned, fresh.returned);
    assert_int_equal(ours.result.algorithm, fresh.result.algorithm);
    assert_int_equal(ours.result.memory, fresh.result.memory);
}

static void mutate(const struct mutator *mutator, struct convolution *it, unsigned object,
                   int content)
{
    if (mutator->convolution)
        mutator->convolution(it->descriptor, content);
    else
        mutator->tensor(object % 3 == 0 ? it->a : object % 3 == 1 ? it->b : it->c, content);
}

static void no_mutator_leaves_a_stale_choice(void **state)
{
    (void)state;
    for (size_t m = 0; m < MUTATORS_COUNT; m++) {
        print_message("# %s\n", stub_name(mutators[m].function));
        for (size_t s = 0; s < shapes_count; s++) {
            for (unsigned object = 0; object < 3; object++) {
                struct convolution it;
                convolution_open(&it, &shapes[s], handle);
                assert_answers_are_fresh(&it);
                for (int content = 0; content < 3; content++) {
                    mutate(&mutators[m], &it, object, content);
                    assert_answers_are_fresh(&it);
                }
                convolution_close(&it);
            }
        }
    }
}

/* Else the test above could not see a stale choice. */
static bool changes_an_answer(const struct mutator *mutator, const struct shape *shape,
                              unsigned object, int content)
{
    struct convolution it;
    struct answer before, after;

    convolution_open(&it, shape, handle);
    answer_get(&it, handle, &before);
    const unsigned looked = stub_calls(STUB_miopenGetTensorDescriptor);
    mutate(mutator, &it, object, content);
    answer_get(&it, handle, &after);
    assert_true(stub_calls(STUB_miopenGetTensorDescriptor) > looked);
    convolution_close(&it);
    return before.count != after.count || before.count_status != after.count_status ||
           before.solutions[0].solution_id != after.solutions[0].solution_id ||
           before.solutions[0].workspace_size != after.solutions[0].workspace_size;
}

static void every_mutator_can_change_an_answer(void **state)
{
    (void)state;
    for (size_t m = 0; m < MUTATORS_COUNT; m++) {
        bool changes = false;
        for (size_t s = 0; s < shapes_count; s++)
            for (unsigned object = 0; object < 3; object++)
                for (int content = 0; content < 3; content++)
                    changes |= changes_an_answer(&mutators[m], &shapes[s], object, content);
        if (!changes)
            fail_msg("%s changes nothing", stub_name(mutators[m].function));
    }
}

/* A failing mutator may have changed a part. */
static void a_failed_mutation_counts(void **state)
{
    (void)state;
    for (size_t m = 0; m < MUTATORS_COUNT; m++) {
        struct convolution it;
        struct answer answer;
        convolution_open(&it, shape_named("3x3"), handle);
        answer_get(&it, handle, &answer);
        const unsigned looked = stub_calls(STUB_miopenGetTensorDescriptor);
        stub_answer(mutators[m].function, miopenStatusInternalError);
        mutate(&mutators[m], &it, 1, 0);
        stub_answer(mutators[m].function, STUB_NORMAL);
        answer_get(&it, handle, &answer);
        assert_true(stub_calls(STUB_miopenGetTensorDescriptor) > looked);
        convolution_close(&it);
    }
}

static void random_changes_never_leave_a_stale_choice(void **state)
{
    (void)state;
    const char *given = getenv("ROCM_RDNA1_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)getpid();
    print_message("# ROCM_RDNA1_TEST_SEED=%u\n", seed);
    enum { POOL = 12 };
    struct convolution pool[POOL];
    for (int i = 0; i < POOL; i++)
        convolution_open(&pool[i], &shapes[(unsigned)rand_r(&seed) % shapes_count], handle);
    stub_reuse_addresses(true);
    for (int step = 0; step < 3000; step++) {
        struct convolution *it = &pool[(unsigned)rand_r(&seed) % POOL];
        const unsigned kind = (unsigned)rand_r(&seed) % 10;
        if (kind == 0) {
            convolution_close(it);
            convolution_open(it, &shapes[(unsigned)rand_r(&seed) % shapes_count], handle);
        } else {
            mutate(&mutators[(unsigned)rand_r(&seed) % MUTATORS_COUNT], it, (unsigned)rand_r(&seed),
                   rand_r(&seed) % 4);
        }
        assert_answers_are_fresh(it);
        assert_answers_are_fresh(&pool[(unsigned)rand_r(&seed) % POOL]);
    }
    for (int i = 0; i < POOL; i++)
        convolution_close(&pool[i]);
}

/*
 * Calls that share all objects but one. What a thread remembers is found by a hash: of so many,
 * some stand in each other's place.
 */
enum { CROWD = 600 };

static void assert_count(struct convolution *it, miopenStatus_t status)
{
    size_t count = 0;

    assert_int_equal(call_solution_count(it, &count), status);
    assert_int_equal(count, status == miopenStatusSuccess ? 2 : 0);
}

static void calls_that_differ_in_one_object(void **state)
{
    (void)state;
    static miopenTensorDescriptor_t ys[CROWD];
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    const miopenTensorDescriptor_t y = it.c;
    /* Every other one is of a batch that does not fit the other tensors. */
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(miopenCreateTensorDescriptor(&ys[i]), miopenStatusSuccess);
        assert_int_equal(miopenSet4dTensorDescriptor(ys[i], 1, 1 + i % 2, 32, 12, 12),
                         miopenStatusSuccess);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CROWD; i++) {
            it.c = ys[i];
            assert_count(&it, i % 2 ? miopenStatusNotImplemented : miopenStatusSuccess);
        }
    }
    for (int i = 0; i < CROWD; i++)
        miopenDestroyTensorDescriptor(ys[i]);
    it.c = y;
    convolution_close(&it);
}

/* The objects of a forward call, taken for those of a backward one, are no convolution. */
static void calls_that_differ_in_direction(void **state)
{
    (void)state;
    static struct convolution crowd[CROWD];
    for (int i = 0; i < CROWD; i++)
        convolution_open(&crowd[i], shape_named("3x3"), handle);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CROWD; i++) {
            crowd[i].shape = shape_named("3x3");
            assert_count(&crowd[i], miopenStatusSuccess);
            crowd[i].shape = shape_named("3x3 data");
            assert_count(&crowd[i], miopenStatusNotImplemented);
        }
    }
    for (int i = 0; i < CROWD; i++)
        convolution_close(&crowd[i]);
}

/* An object that takes the address of a destroyed one is another object. */
static void descriptors_come_back_at_an_old_address(void **state)
{
    (void)state;
    struct convolution it;
    struct answer answer;
    convolution_open(&it, shape_named("3x3"), handle);
    stub_reuse_addresses(true);
    answer_get(&it, handle, &answer);
    assert_int_equal(answer.count, 2);

    /* A fresh convolution descriptor says: no padding. */
    const miopenConvolutionDescriptor_t old = it.descriptor;
    assert_int_equal(miopenDestroyConvolutionDescriptor(it.descriptor), miopenStatusSuccess);
    assert_int_equal(miopenCreateConvolutionDescriptor(&it.descriptor), miopenStatusSuccess);
    assert_ptr_equal(it.descriptor, old);
    unsigned looked = stub_calls(STUB_miopenGetConvolutionNdDescriptor);
    answer_get(&it, handle, &answer);
    assert_true(stub_calls(STUB_miopenGetConvolutionNdDescriptor) > looked);

    /* A fresh tensor descriptor says nothing, and a convolution of nothing is MIOpen's business. */
    const miopenTensorDescriptor_t old_tensor = it.b;
    assert_int_equal(miopenDestroyTensorDescriptor(it.b), miopenStatusSuccess);
    assert_int_equal(miopenCreateTensorDescriptor(&it.b), miopenStatusSuccess);
    assert_ptr_equal(it.b, old_tensor);
    looked = stub_calls(STUB_miopenConvolutionForwardGetSolutionCount);
    answer_get(&it, handle, &answer);
    assert_int_equal(stub_calls(STUB_miopenConvolutionForwardGetSolutionCount), looked + 1);
    convolution_close(&it);
}

/* The new handle has compiled nothing, and may be on another card. */
static void handles_come_back_at_an_old_address(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    stub_reuse_addresses(true);
    for (int way = 0; way < 2; way++) {
        struct convolution it;
        miopenHandle_t first = NULL, second = NULL;
        miopenConvAlgoPerf_t result;
        int returned = 0;
        assert_int_equal(miopenCreate(&first), miopenStatusSuccess);
        convolution_open(&it, shape_named("3x3"), first);
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
        assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
        assert_int_equal(miopenDestroy(first), miopenStatusSuccess);
        assert_int_equal(stub_memory_live(), 0);
        assert_int_equal(way ? miopenCreateWithStream(&second, NULL) : miopenCreate(&second),
                         miopenStatusSuccess);
        assert_ptr_equal(second, first);
        /* By algorithm, which works only where this handle knows the solver. */
        assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, 91);
        assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
        convolution_close(&it);
    }
}

/* The same where the shim did not see the destroy: the create tells. */
static void a_handle_that_was_destroyed_behind_the_shim(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    struct convolution it;
    miopenHandle_t first = NULL, second = NULL;
    stub_reuse_addresses(true);
    assert_int_equal(miopenCreate(&first), miopenStatusSuccess);
    convolution_open(&it, shape_named("3x3"), first);
    assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
    void *library = dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(library);
    __typeof__(miopenDestroy) *real = (__typeof__(miopenDestroy) *)dlsym(library, "miopenDestroy");
    assert_non_null(real);
    assert_int_equal(real(first), miopenStatusSuccess);
    assert_int_equal(miopenCreate(&second), miopenStatusSuccess);
    assert_ptr_equal(second, first);
    assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    dlclose(library);
    convolution_close(&it);
}

/* Nor did it see the create: nothing of the destroyed handle may be touched for the new one. */
static void a_handle_that_was_created_behind_the_shim(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    struct convolution it;
    miopenHandle_t first = NULL, second = NULL;
    stub_reuse_addresses(true);
    assert_int_equal(miopenCreate(&first), miopenStatusSuccess);
    convolution_open(&it, shape_named("3x3"), first);
    assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
    assert_int_equal(miopenDestroy(first), miopenStatusSuccess);
    void *library = dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(library);
    __typeof__(miopenCreate) *real = (__typeof__(miopenCreate) *)dlsym(library, "miopenCreate");
    assert_non_null(real);
    assert_int_equal(real(&second), miopenStatusSuccess);
    assert_ptr_equal(second, first);
    assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, 91);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    dlclose(library);
    convolution_close(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_mutator_is_tested),
        TEST(every_mutator_can_change_an_answer),
        TEST(no_mutator_leaves_a_stale_choice),
        TEST(a_failed_mutation_counts),
        TEST(random_changes_never_leave_a_stale_choice),
        TEST(calls_that_differ_in_one_object),
        TEST(calls_that_differ_in_direction),
        TEST(descriptors_come_back_at_an_old_address),
        TEST(handles_come_back_at_an_old_address),
        TEST(a_handle_that_was_destroyed_behind_the_shim),
        TEST(a_handle_that_was_created_behind_the_shim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
