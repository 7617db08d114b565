/*
 * After any change of a descriptor or handle, by whatever function, the shim answers for what is
 * there now. The measure is a handle that was made a moment ago, of which nothing is remembered.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Functions of symbols.list that change an object in another way, each with a test in
 * test_addresses.c. */
static const enum stub_function lifetimes[] = {
    STUB_miopenCreate,
    STUB_miopenCreateWithStream,
    STUB_miopenDestroy,
    STUB_miopenCreateTensorDescriptor,
    STUB_miopenDestroyTensorDescriptor,
    STUB_miopenCreateConvolutionDescriptor,
    STUB_miopenDestroyConvolutionDescriptor,
};

static const enum stub_function wrapped[] = {
#define WRAPPED(name, ...) STUB_##name,
#define CALLED(name, ...)
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

/* By its name: what runs convolutions, or is about objects other than their descriptors. */
static bool is_harmless(const char *name)
{
    static const char *const parts[] = {"ConvolutionForward",
                                        "ConvolutionBackwardData",
                                        "ConvolutionBackwardWeights",
                                        "ConvolutionBiasActivation",
                                        "Problem",
                                        "FindOption",
                                        "Solution",
                                        "FusionPlan",
                                        "CreateOp",
                                        "OpArgs",
                                        "OperatorArgs",
                                        "Backend"};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strstr(name, parts[i]))
            return true;
    }
    return false;
}

static void every_mutator_is_tested(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++) {
        const char *name = stub_name(wrapped[i]);
        if (is_harmless(name) == is_tested(wrapped[i]))
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
    mutate(mutator, &it, object, content);
    answer_get(&it, handle, &after);
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

/* Sets everything of a descriptor: what was there before makes no difference. */
static bool is_setter(const struct mutator *mutator)
{
    return mutator->tensor == set_4d || mutator->tensor == set_4d_ex ||
           mutator->tensor == set_with_layout || mutator->tensor == set_nd ||
           mutator->tensor == set_v2 || mutator->convolution == init_2d ||
           mutator->convolution == init_nd;
}

/* Programs set their descriptors before each call; the shim is not to read them each time. */
static void what_is_set_to_the_same_is_not_looked_at_again(void **state)
{
    (void)state;
    for (size_t m = 0; m < MUTATORS_COUNT; m++) {
        struct convolution it;
        struct answer first, second;

        if (!is_setter(&mutators[m]))
            continue;
        convolution_open(&it, shape_named("3x3"), handle);
        for (int content = 0; content < 2; content++) {
            init_nd(it.descriptor, 0);
            mutate(&mutators[m], &it, 1, content);
            set_groups(it.descriptor, 0);
            answer_get(&it, handle, &first);
        }
        const unsigned looked = stub_calls(STUB_miopenGetTensorDescriptor);
        for (int content = 0; content < 2; content++) {
            init_nd(it.descriptor, 0);
            mutate(&mutators[m], &it, 1, content);
            set_groups(it.descriptor, 0);
            answer_get(&it, handle, &second);
        }
        if (stub_calls(STUB_miopenGetTensorDescriptor) != looked)
            fail_msg("%s: looked at again", stub_name(mutators[m].function));
        assert_memory_equal(&first, &second, sizeof(first));
        convolution_close(&it);
    }
}

/* The same where they are created before each call and destroyed after it. */
static void what_is_made_anew_is_not_looked_at_again(void **state)
{
    (void)state;
    struct convolution it;
    unsigned looked = 0;
    convolution_open(&it, shape_named("3x3"), handle);
    stub_reuse_addresses(true);
    for (int time = 0; time < 6; time++) {
        struct answer answer;
        const miopenTensorDescriptor_t tensor = it.b;
        const miopenConvolutionDescriptor_t descriptor = it.descriptor;

        assert_int_equal(miopenDestroyTensorDescriptor(it.b), miopenStatusSuccess);
        assert_int_equal(miopenDestroyConvolutionDescriptor(it.descriptor), miopenStatusSuccess);
        assert_int_equal(miopenCreateTensorDescriptor(&it.b), miopenStatusSuccess);
        assert_int_equal(miopenCreateConvolutionDescriptor(&it.descriptor), miopenStatusSuccess);
        if (time > 0)
            assert_true(it.b == tensor && it.descriptor == descriptor);
        set_nd(it.b, time % 2);
        init_nd(it.descriptor, time % 2);
        answer_get(&it, handle, &answer);
        if (time == 1)
            looked = stub_calls(STUB_miopenGetTensorDescriptor);
    }
    assert_true(looked > 0);
    assert_int_equal(stub_calls(STUB_miopenGetTensorDescriptor), looked);
    convolution_close(&it);
}

/* Two that swap what they hold hold together what they held before. */
static void swapped_contents_are_looked_at_again(void **state)
{
    (void)state;
    struct convolution it;
    struct answer before, after;
    convolution_open(&it, shape_named("1x1"), handle);
    miopenSet4dTensorDescriptor(it.a, TYPE_FP32, 8, 8, 1, 1);
    miopenSet4dTensorDescriptor(it.b, TYPE_FP32, 8, 8, 3, 3);
    miopenSet4dTensorDescriptor(it.c, TYPE_FP32, 8, 8, 3, 3);
    answer_get(&it, handle, &before);
    miopenSet4dTensorDescriptor(it.a, TYPE_FP32, 8, 8, 3, 3);
    miopenSet4dTensorDescriptor(it.b, TYPE_FP32, 8, 8, 1, 1);
    answer_get(&it, handle, &after);
    assert_int_equal(before.solutions[0].solution_id, 88);
    assert_int_equal(after.solutions[0].solution_id, 91);
    convolution_close(&it);
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

/* So many others that hardly any place is left where the shim could note what one of them holds. */
static void nothing_is_stale_in_a_crowd(void **state)
{
    enum { CROWD = 20000 };
    static miopenTensorDescriptor_t crowd[CROWD];

    for (int i = 0; i < CROWD; i++)
        assert_int_equal(miopenCreateTensorDescriptor(&crowd[i]), miopenStatusSuccess);
    no_mutator_leaves_a_stale_choice(state);
    random_changes_never_leave_a_stale_choice(state);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(miopenDestroyTensorDescriptor(crowd[i]), miopenStatusSuccess);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_mutator_is_tested),
        TEST(every_mutator_can_change_an_answer),
        TEST(no_mutator_leaves_a_stale_choice),
        TEST(what_is_set_to_the_same_is_not_looked_at_again),
        TEST(what_is_made_anew_is_not_looked_at_again),
        TEST(swapped_contents_are_looked_at_again),
        TEST(a_failed_mutation_counts),
        TEST(random_changes_never_leave_a_stale_choice),
        TEST(nothing_is_stale_in_a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
